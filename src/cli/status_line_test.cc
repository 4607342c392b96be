#include "cli/status_line.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>

namespace mlengine::cli {
namespace {

TEST(StatusLineTest, CutsToTheWidth) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 5), "abcd…");
  EXPECT_EQ(CutToWidth("äöüß", 4), "äöüß");
  EXPECT_EQ(CutToWidth("äöüß", 3), "äö…");
  EXPECT_EQ(CutToWidth("abc", 0), "");
}

TEST(StatusLineTest, IsClearedBeforeEachLineAndDrawnAgain) {
  std::ostringstream out;
  std::atomic<int> asked = 0;
  {
    StatusLine line(
        out, 10, [&asked] { return ++asked, "0123456789abc"; }, std::chrono::milliseconds(1));
    while (asked < 2) std::this_thread::yield();
    line.Print([&out] { out << "a line\n"; });
  }
  EXPECT_EQ(out.str(), "01234567…\r\x1b[Ka line\n01234567…\r\x1b[K");
}

TEST(StatusLineTest, WithoutATextNothingIsDrawn) {
  std::ostringstream out;
  std::atomic<int> asked = 0;
  {
    StatusLine line(out, 10, [&asked] { return ++asked, ""; }, std::chrono::milliseconds(1));
    while (asked < 2) std::this_thread::yield();
    line.Print([&out] { out << "a line\n"; });
  }
  EXPECT_EQ(out.str(), "a line\n");
}

}  // namespace
}  // namespace mlengine::cli
