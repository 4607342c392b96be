// Tar archives out of any bytes: checksums that fit, so that a reader looks further than them.
#pragma once

#include <string>
#include <string_view>

namespace mlengine::fuzz {

// The first byte says how the rest is taken: as it is, or as blocks of 512 bytes of which each
// header gets its mark and checksum.
std::string TarOf(std::string_view bytes);

}  // namespace mlengine::fuzz
