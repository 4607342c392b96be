#include "objects/crc_combine.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace mlengine::objects {
namespace {

TEST(CrcCombineTest, EqualsTheCrcOfTheWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 7 + i / 13);
  for (const std::size_t cut : {0U, 1U, 7U, 64U, 2500U, 4999U, 5000U}) {
    const std::uint32_t first = ExtendCrc32c(0, text.substr(0, cut));
    const std::uint32_t second = ExtendCrc32c(0, text.substr(cut));
    EXPECT_EQ(CombineCrc32c(first, second, text.size() - cut), ExtendCrc32c(0, text)) << cut;
  }
}

}  // namespace
}  // namespace mlengine::objects
