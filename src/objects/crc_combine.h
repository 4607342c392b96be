// CRC-32C of two texts one after the other, from the CRCs of each. Pure.
#pragma once

#include <cstdint>

namespace mlengine::objects {

// `second_size` in bytes.
std::uint32_t CombineCrc32c(std::uint32_t first, std::uint32_t second, std::uint64_t second_size);

}  // namespace mlengine::objects
