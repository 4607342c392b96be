#include "model_server/options.h"

#include <gtest/gtest.h>

namespace mlengine::model_server {
namespace {

TEST(OptionsTest, WhatIsWrittenIsRead) {
  const ServerOptions options{"/l.so", "/m", 3, 4, 5};
  const Result<ServerOptions> read = ParseServerOptions(ToWords(options));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(ToWords(*read), ToWords(options));
}

TEST(OptionsTest, WrongWordsAreNamed) {
  EXPECT_EQ(ParseServerOptions({"--colour", "red"}).status().message(),
            "there is no option --colour");
  EXPECT_EQ(ParseServerOptions({"--library"}).status().message(), "--library takes a value");
  EXPECT_FALSE(ParseServerOptions({"--library", "l"}).ok());
  EXPECT_EQ(ParseServerOptions({"--run-threads", "-1"}).status().message(),
            "--run-threads takes a number from 0 to 256, not \"-1\"");
}

}  // namespace
}  // namespace mlengine::model_server
