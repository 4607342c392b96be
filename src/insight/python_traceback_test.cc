#include "insight/python_traceback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::insight {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kPlain = R"(step 1
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/x/work/trainer/task.py", line 7, in <module>
    main()
    ~~~~^^
  File "/x/work/trainer/task.py", line 4, in main
    json.loads(text)
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode
    raise JSONDecodeError("Expecting value", s, err.value) from None
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
)";

TEST(PythonTracebackTest, TheFrameOfTheUsersOwnCodeIsTold) {
  const auto traceback = LastTracebackOf(kPlain);
  ASSERT_TRUE(traceback);
  ASSERT_EQ(traceback->chain.size(), 1U);
  const RaisedException& raised = traceback->chain[0];
  EXPECT_EQ(raised.type, "json.decoder.JSONDecodeError");
  EXPECT_EQ(raised.text, "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)");
  ASSERT_TRUE(raised.frame);
  EXPECT_EQ(PlaceOf(*raised.frame), "trainer/task.py, line 4");
  EXPECT_EQ(raised.frame->function, "main");
  EXPECT_EQ(raised.frame->code, "json.loads(text)");
  EXPECT_EQ(raised.frames.size(), 4U);
  EXPECT_EQ(traceback->lines_after, 0);
}

TEST(PythonTracebackTest, AChainIsOneTracebackAndTheLastOneCounts) {
  const auto traceback = LastTracebackOf(R"(Traceback (most recent call last):
  File "a.py", line 1, in <module>
    handled()
KeyError: 'handled'
something else
Traceback (most recent call last):
  File "a.py", line 3, in load
    open(path)
FileNotFoundError: [Errno 2] No such file or directory: 'v'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "a.py", line 5, in <module>
    load("v")
RuntimeError: cannot load

cleaning up
)");
  ASSERT_TRUE(traceback);
  ASSERT_EQ(traceback->chain.size(), 2U);
  EXPECT_EQ(traceback->chain[0].type, "FileNotFoundError");
  EXPECT_EQ(traceback->chain[1].type, "RuntimeError");
  EXPECT_EQ(traceback->lines_after, 1);
}

TEST(PythonTracebackTest, RanksAndRedrawnLinesAreTakenOff) {
  const auto traceback = LastTracebackOf(
      "[rank1]: Traceback (most recent call last):\n[rank1]:   File \"a.py\", line 1, in f\n"
      "[rank1]:     g()\n[rank1]: ValueError: no\n");
  ASSERT_TRUE(traceback);
  EXPECT_EQ(traceback->chain[0].text, "ValueError: no");
  EXPECT_THAT(LinesOf("a\r\nold\rnew\n\nend"), ElementsAre("a", "new", "", "end"));
}

TEST(PythonTracebackTest, WhatIsCutOffIsNone) {
  EXPECT_FALSE(LastTracebackOf("Traceback (most recent call last):\n  File \"a.py\", line 1"));
  EXPECT_FALSE(LastTracebackOf("Traceback (most recent call last):\n!!\n"));
  EXPECT_FALSE(LastTracebackOf(""));
}

}  // namespace
}  // namespace mlengine::insight
