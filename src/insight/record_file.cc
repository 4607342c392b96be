#include "insight/record_file.h"

#include <string>

#include "base/digest.h"
#include "insight/proto_fields.h"

namespace mlengine::insight {
namespace {

constexpr std::size_t kLength = 8;
constexpr std::size_t kChecksum = 4;

}  // namespace

bool HoldsChecksum(std::string_view bytes, std::string_view checksum) {
  const std::uint32_t crc = ExtendCrc32c(0, bytes);
  const std::uint32_t masked = (crc >> 15 | crc << 17) + 0xA282EAD8U;
  return LittleEndian(checksum, kChecksum) == masked;
}

Result<std::vector<std::string_view>> SplitRecords(std::string_view file, std::size_t most) {
  std::vector<std::string_view> records;
  std::string_view rest = file;
  while (!rest.empty()) {
    const std::string at = " at byte " + std::to_string(file.size() - rest.size());
    if (rest.size() < kLength + kChecksum ||
        !HoldsChecksum(rest.substr(0, kLength), rest.substr(kLength, kChecksum)))
      return DataLossError("no TFRecord" + at);
    const std::uint64_t length = LittleEndian(rest, kLength);
    rest.remove_prefix(kLength + kChecksum);
    if (rest.size() < kChecksum || length > rest.size() - kChecksum)
      return DataLossError("the TFRecord" + at + " is cut");
    const std::string_view record = rest.substr(0, length);
    if (!HoldsChecksum(record, rest.substr(length, kChecksum)))
      return DataLossError("the TFRecord" + at + " is damaged");
    if (records.size() == most)
      return DataLossError("more than " + std::to_string(most) + " TFRecords");
    records.push_back(record);
    rest.remove_prefix(length + kChecksum);
  }
  return records;
}

}  // namespace mlengine::insight
