#include "cli/resource_text.h"

#include <gtest/gtest.h>

namespace mlengine::cli {
namespace {

TEST(ResourceText, BytesHaveTheUnitThatPeopleRead) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(200.0 * (1 << 20)), "200 MiB");
  EXPECT_EQ(BytesText(79.6 * (1LL << 30)), "79.6 GiB");
}

TEST(ResourceText, ValuesHaveTheUnitOfTheirTag) {
  EXPECT_EQ(ResourceValue("cpu", 0.93), "0.93");
  EXPECT_EQ(ResourceValue("memory", 1536), "1.5 KiB");
  EXPECT_EQ(ResourceValue("gpu0_memory", 1 << 30), "1.0 GiB");
  EXPECT_EQ(ResourceValue("gpu0_duty", 97), "97 %");
  EXPECT_EQ(ResourceValue("disk_read", 2048), "2.0 KiB/s");
  EXPECT_EQ(ResourceValue("host_network_sent", 10), "10 B/s");
  EXPECT_EQ(ResourceValue("threads", 12), "12");
}

TEST(ResourceText, TellsWhatAReplicaUsed) {
  const auto replica = boost::json::parse(R"({"role":"master","status":{"exit":{"use":{
      "wallMs":"12500","cpuUserNs":"10000000000","cpuSystemNs":"1625000000",
      "peakMemoryBytes":"1288490189","disk":{"readBytes":"3145728","writtenBytes":"5242880"},
      "network":{"receivedBytes":"2048"},
      "gpus":[{"uuid":"GPU-a","wasSeen":true,"peakMemoryBytes":"2147483648","meanDutyPercent":97},
              {"uuid":"GPU-b"}]}}}})");
  EXPECT_EQ(UseText(replica),
            "11.6 s of CPU in 12.5 s (0.93 CPUs), 1.2 GiB of memory at most, 3.0 MiB read and 5.0 "
            "MiB written, 0 B sent and 2.0 KiB received, GPU 0 97 % busy with 2.0 GiB at most");
  EXPECT_EQ(UseText(boost::json::parse(
                R"({"status":{"exit":{"use":{"wallMs":"400","network":{"sentBytes":"1",
                "receivedBytes":"2","ofHost":true}}}}})")),
            "0.0 s of CPU in 0.4 s, 0 B of memory at most, 1 B sent and 2 B received by the whole "
            "machine");
}

TEST(ResourceText, WhereNothingIsToldThereIsNothing) {
  for (const char* text : {"1", "{}", R"({"status":{}})", R"({"status":{"exit":{}}})",
                           R"({"status":{"exit":{"use":3}}})", R"({"status":[1]})"})
    EXPECT_EQ(UseText(boost::json::parse(text)), "") << text;
}

}  // namespace
}  // namespace mlengine::cli
