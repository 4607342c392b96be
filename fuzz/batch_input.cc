// Input of batch predictions: lines and TFRecords, plain and gzipped. The same instances come out
// however the bytes are cut into blocks, wherever lines are cut into spans, and wherever a reader
// goes on for another; and the plan of a run, which is read back from storage.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/digest.h"
#include "batch/board.h"
#include "batch/instance_reader.h"
#include "batch/output_names.h"
#include "batch/plan.h"
#include "fuzz_target.h"

namespace mlengine::fuzz {
namespace {

using batch::Instance;
using batch::InstanceReader;

batch::ReadFunction In(std::string_view bytes, std::uint64_t block) {
  return [bytes, block](std::uint64_t offset, std::uint64_t count) -> Result<std::string> {
    if (offset >= bytes.size()) return std::string();
    return std::string(bytes.substr(offset, std::min(count, block)));
  };
}

struct Reading {
  std::vector<std::string> instances;
  std::vector<batch::ReadPlace> places;  // after each of them
  batch::ReadPlace end;
};

Reading ReadAll(InstanceReader& reader, bool with_numbers) {
  Reading out;
  Instance one;
  for (Result<bool> there = reader.Next(one); there.ok() && *there; there = reader.Next(one)) {
    Require(one.error.empty() || one.bytes.empty(), "one with an error has no bytes");
    Require(one.number == reader.place().count, "it is the newest that is counted");
    out.instances.push_back((with_numbers ? std::to_string(one.number) + ":" : "") + one.bytes +
                            "|" + one.error);
    out.places.push_back(reader.place());
    Require(out.instances.size() < 1'000'000, "reading ends");
  }
  out.end = reader.place();
  return out;
}

using MakeReader =
    std::function<std::unique_ptr<InstanceReader>(std::uint64_t block, batch::ReadPlace place)>;

void CheckReader(const MakeReader& make) {
  const Reading whole = ReadAll(*make(1U << 20, {}), true);
  for (const std::uint64_t block : {1U, 7U})
    Require(ReadAll(*make(block, {}), true).instances == whole.instances, "blocks change nothing");
  for (std::size_t i = 0; i < std::min<std::size_t>(whole.places.size(), 8); ++i) {
    const Reading rest = ReadAll(*make(1U << 20, whole.places[i]), true);
    Require(std::equal(rest.instances.begin(), rest.instances.end(),
                       whole.instances.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       whole.instances.end()),
            "another goes on where one stood");
  }
}

void CheckSpans(std::string_view bytes) {
  const Reading whole = ReadAll(*batch::NewLineReader(In(bytes, 64), 0, bytes.size(), {}), false);
  const std::uint64_t cut = bytes.size() / 2;
  Reading both;
  std::uint64_t count = 0;
  for (const auto& [begin, end] : {std::pair{std::uint64_t{0}, cut}, {cut, bytes.size()}}) {
    const Reading one = ReadAll(*batch::NewLineReader(In(bytes, 64), begin, end, {}), false);
    both.instances.insert(both.instances.end(), one.instances.begin(), one.instances.end());
    count += one.end.count;
  }
  Require(both.instances == whole.instances, "each line is in one span");
  Require(count == whole.end.count, "and is counted once");
}

void CheckPlan(std::string_view bytes) {
  const Result<batch::Plan> plan = batch::DecodePlan(bytes);
  if (!plan.ok()) return RequireError(plan.status(), {StatusCode::kDataLoss});
  const Result<batch::Plan> again = batch::DecodePlan(batch::EncodePlan(*plan));
  Require(again.ok() && again->spans == plan->spans && again->workers == plan->workers,
          "a plan is kept as it is");
}

}  // namespace

FUZZ_TARGET(batch_input) {
  if (bytes.size() > 1U << 16) return;
  CheckReader([bytes](std::uint64_t block, batch::ReadPlace place) {
    return batch::NewLineReader(In(bytes, block), 0, bytes.size(), place);
  });
  CheckReader([bytes](std::uint64_t block, batch::ReadPlace place) {
    return batch::NewRecordReader(batch::NewPlainSource(In(bytes, block), place.offset), place, 0);
  });
  CheckReader([bytes](std::uint64_t block, batch::ReadPlace place) {
    return batch::NewRecordReader(batch::NewGzipSource(In(bytes, block)), place, place.offset);
  });
  CheckSpans(bytes);
  CheckPlan(bytes);
  const Result<batch::PartPlace> part = batch::ParsePartName(bytes);
  if (!part.ok()) RequireInvalid(part.status());
}

}  // namespace mlengine::fuzz
