#include "batch/part.h"

#include <charconv>

#include "batch/output_names.h"

namespace mlengine::batch {
namespace {

constexpr const char* kOffsetKey = "mlengine-offset";
constexpr const char* kCountKey = "mlengine-count";
constexpr const char* kLastKey = "mlengine-last";
constexpr const char* kNonceKey = "mlengine-errors-object";

bool TakeNumber(const Metadata& metadata, const char* key, std::uint64_t& out) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return false;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Metadata EncodePart(const PartInfo& info) {
  Metadata out = {{kOffsetKey, std::to_string(info.place.offset)},
                  {kCountKey, std::to_string(info.place.count)},
                  {kPredictionsKey, std::to_string(info.predictions)},
                  {kErrorsKey, std::to_string(info.errors)},
                  {kBytesKey, std::to_string(info.stored_bytes)}};
  if (info.last) out[kLastKey] = "true";
  if (!info.errors_nonce.empty()) out[kNonceKey] = info.errors_nonce;
  return out;
}

Result<PartInfo> DecodePart(const Metadata& metadata) {
  PartInfo info;
  if (!TakeNumber(metadata, kOffsetKey, info.place.offset) ||
      !TakeNumber(metadata, kCountKey, info.place.count) ||
      !TakeNumber(metadata, kPredictionsKey, info.predictions) ||
      !TakeNumber(metadata, kErrorsKey, info.errors) ||
      !TakeNumber(metadata, kBytesKey, info.stored_bytes)) {
    return DataLossError("a part of the results has lost its metadata");
  }
  info.last = metadata.contains(kLastKey);
  if (const auto found = metadata.find(kNonceKey); found != metadata.end())
    info.errors_nonce = found->second;
  return info;
}

}  // namespace mlengine::batch
