// TFRecord frames of a whole file: length (8 bytes), masked CRC-32C of it (4), the record, masked
// CRC-32C of the record (4). Pure; takes any bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mlengine::insight {

// Whether the four bytes of `checksum` are the masked CRC-32C of `bytes`.
bool HoldsChecksum(std::string_view bytes, std::string_view checksum);

// The records, which are parts of `file`. DATA_LOSS says where the first bytes lie that are no
// frame, or that there are more than `most` records.
Result<std::vector<std::string_view>> SplitRecords(std::string_view file, std::size_t most);

}  // namespace mlengine::insight
