// The parameter `fields` over any JSON, page tokens, and moments in text.
#include "wire/codec/field_mask.h"

#include <boost/json.hpp>

#include "base/clock.h"
#include "fuzz_target.h"
#include "mlengine/ml/v1/job.pb.h"
#include "store/page_token.h"
#include "wire/codec/strict_json.h"

namespace mlengine::fuzz {
namespace {

void CheckMask(const std::string& text, const boost::json::value& value) {
  const auto typed = wire::FieldMask::Parse(text, ml::v1::Job::descriptor());
  if (!typed.ok()) RequireInvalid(typed.status());
  const auto mask = wire::FieldMask::Parse(text);
  if (!mask.ok()) return RequireInvalid(mask.status());
  const boost::json::value once = mask->Apply(value);
  Require(mask->Apply(once) == once, "a mask applied twice takes nothing more");
  Require(boost::json::serialize(once).size() <= boost::json::serialize(value).size() + 4,
          "a mask adds nothing");
}

void CheckToken(const std::string& text) {
  const Result<std::int64_t> sequence = store::DecodePageToken("p", text);
  if (!sequence.ok()) return RequireInvalid(sequence.status());
  const auto again = store::DecodePageToken("p", store::EncodePageToken("p", *sequence));
  Require(again.ok() && *again == *sequence, "a page token means the same again");
  Require(!store::DecodePageToken("q", text).ok(), "a token is of one project");
}

void CheckTime(std::string_view text) {
  const Result<Time> time = ParseTime(text);
  if (!time.ok()) return RequireInvalid(time.status());
  const std::string nanos = FormatTimeNanos(*time);
  const Result<Time> again = ParseTime(nanos);
  Require(again.ok() && *again == *time, "a moment written is the same moment");
  Require(ParseTime(FormatTimeSeconds(*time)).ok(), "so are its seconds a moment");
}

}  // namespace

FUZZ_TARGET(field_mask) {
  const std::vector<std::string> input = SplitInput(bytes, 2);
  CheckMask(input[0], wire::ParseStrictJson(input[1]).value_or(boost::json::value()));
  CheckToken(input[0]);
  CheckTime(input[0]);
}

}  // namespace mlengine::fuzz
