#include "tensors/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>

#include <thread>

#include "base/unique_fd.h"
#include "tensors/message_socket.h"

namespace mlengine::tensors {
namespace {

std::string_view Payload(const std::string& message, MessageHead* head = nullptr) {
  std::string_view rest = std::string_view(message).substr(4);
  const Result<MessageHead> taken = TakeHead(rest);
  EXPECT_TRUE(taken.ok());
  if (head != nullptr) *head = *taken;
  return rest;
}

RunRequest Request() {
  return {{{"x:0", TensorType::kFloat, {1, 2}, std::string("\0\0\x80\x3f\0\0\0\x40", 8), {}},
           {"s:0", TensorType::kString, {2}, "", {"", std::string("a\0b", 3)}},
           {"e:0", TensorType::kInt64, {0, 3}, "", {}}},
          {"y:0", "z:1"}};
}

// A thread that is held on one processor, of which a message then speaks.
TEST(Message, NamesTheProcessorOfItsSender) {
  std::thread([] {
    cpu_set_t may{};
    ASSERT_EQ(::sched_getaffinity(0, sizeof(may), &may), 0);
    int last = -1;
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &may)) last = i;
    }
    cpu_set_t one{};
    CPU_SET(last, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0);
    MessageHead head;
    Payload(EncodeHead(MessageKind::kPing, 3), &head);
    EXPECT_EQ(head.processor, static_cast<std::uint32_t>(last));
    EXPECT_TRUE(RunsOn(head.processor));
    EXPECT_FALSE(RunsOn(head.processor + 1));
    EXPECT_FALSE(RunsOn(kNoProcessor));
  }).join();
}

TEST(MessageTest, WhatIsEncodedIsDecoded) {
  MessageHead head;
  const std::string run = EncodeRun(1ULL << 40, Request());
  const Result<RunRequest> request = DecodeRun(Payload(run, &head));
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(head.kind, MessageKind::kRun);
  EXPECT_EQ(head.id, 1ULL << 40);
  EXPECT_EQ(request->feeds, Request().feeds);
  EXPECT_EQ(request->fetches, Request().fetches);

  const std::string good = EncodeAnswer(7, {OkStatus(), Request().feeds});
  EXPECT_EQ(DecodeAnswer(Payload(good))->outputs, Request().feeds);
  const std::string bad = EncodeAnswer(8, {InvalidArgumentError("no"), {}});
  EXPECT_EQ(DecodeAnswer(Payload(bad))->status, InvalidArgumentError("no"));
  const std::string hello = EncodeHello({DataLossError("cut"), "2.19", "sig"});
  EXPECT_EQ(DecodeHello(Payload(hello))->loaded, DataLossError("cut"));
  EXPECT_EQ(DecodeHello(Payload(hello))->signatures, "sig");
}

TEST(MessageTest, WhatAPythonWorkerIsAskedAndSays) {
  MessageHead head;
  const std::string asked = EncodePredict(9, R"({"instances": []})");
  EXPECT_EQ(*DecodePredict(Payload(asked, &head)), R"({"instances": []})");
  EXPECT_EQ(head.kind, MessageKind::kPredict);
  EXPECT_EQ(head.id, 9U);
  const std::string said = EncodePrediction(9, {3, "what"});
  const Result<WorkerAnswer> answer = DecodePrediction(Payload(said, &head));
  EXPECT_EQ(head.kind, MessageKind::kPrediction);
  EXPECT_EQ(answer->fault, 3U);
  EXPECT_EQ(answer->text, "what");
  const std::string unknown = EncodePrediction(9, {5, ""});
  EXPECT_EQ(DecodePrediction(Payload(unknown)).status().code(), StatusCode::kDataLoss);
  const std::string_view whole = Payload(said);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(DecodePrediction(whole.substr(0, size)).ok()) << size;
  EXPECT_FALSE(DecodePrediction(std::string(whole) + "x").ok());
  EXPECT_FALSE(DecodePredict(std::string("\xff\0\0\0x", 5)).ok());
}

TEST(MessageTest, NoMessageIsTakenInPart) {
  const std::string run = EncodeRun(1, Request());
  const std::string_view whole = Payload(run);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(DecodeRun(whole.substr(0, size)).status().code(), StatusCode::kDataLoss) << size;
  EXPECT_FALSE(DecodeRun(std::string(whole) + "x").ok());
  std::string_view head = "123456789012";
  EXPECT_FALSE(TakeHead(head).ok());
}

TEST(MessageTest, AShapeThatItsBytesDoNotHaveIsRefused) {
  RunRequest request = Request();
  request.feeds[0].dims = {1LL << 39};
  const std::string large = EncodeRun(1, request);
  EXPECT_FALSE(DecodeRun(Payload(large)).ok());
  request.feeds[0].dims = {-1, -2};
  const std::string negative = EncodeRun(1, request);
  EXPECT_FALSE(DecodeRun(Payload(negative)).ok());
  request.feeds[0].dims = {2};
  request.feeds[0].type = static_cast<TensorType>(200);
  const std::string unknown = EncodeRun(1, request);
  EXPECT_FALSE(DecodeRun(Payload(unknown)).ok());
}

TEST(ElementCountTest, ProductsAreBounded) {
  EXPECT_EQ(ElementCount({}), 1U);
  EXPECT_EQ(ElementCount({2, 3}), 6U);
  EXPECT_EQ(ElementCount({1LL << 40, 0}), 0U);
  EXPECT_EQ(ElementCount({1LL << 21, 1LL << 21}), std::nullopt);
  EXPECT_EQ(ElementCount(std::vector<std::int64_t>(17, 1)), std::nullopt);
}

TEST(MessageSocketTest, AnEndBetweenMessagesIsNoneWithinOne) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  ASSERT_TRUE(WriteMessage(ours.get(), EncodeHead(MessageKind::kPing, 3)).ok());
  EXPECT_EQ(ReadMessage(theirs.get())->size(), 13U);
  ASSERT_EQ(::send(ours.get(), "\xff\0\0\0x", 5, 0), 5);
  ours.reset();
  EXPECT_EQ(ReadMessage(theirs.get()).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ReadMessage(theirs.get()).status().code(), StatusCode::kOutOfRange);
}

TEST(MessageSocketTest, NoLongMessageIsReadOrWritten) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  EXPECT_EQ(WriteMessage(ours.get(), std::string(kLongestMessage + 5, 'x')).code(),
            StatusCode::kResourceExhausted);
  ASSERT_EQ(::send(ours.get(), "\xff\xff\xff\xff", 4, 0), 4);
  EXPECT_EQ(ReadMessage(theirs.get()).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace mlengine::tensors
