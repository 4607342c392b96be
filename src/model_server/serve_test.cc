#include "model_server/serve.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "base/unique_fd.h"
#include "tensors/message_socket.h"

namespace mlengine::model_server {
namespace {

using tensors::MessageKind;

class ServeTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_.reset(ends[0]);
    theirs_.reset(ends[1]);
  }
  void Start(int threads, RunModel run) {
    server_ = std::thread(
        [this, threads, run = std::move(run)] { ended_ = Serve(theirs_.get(), threads, run); });
  }
  void TearDown() override {
    ours_.reset();
    if (server_.joinable()) server_.join();
  }
  void Send(const std::string& message) {
    ASSERT_TRUE(tensors::WriteMessage(ours_.get(), message).ok());
  }
  tensors::MessageHead Read(std::string& payload) {
    payload = *tensors::ReadMessage(ours_.get());
    std::string_view rest = payload;
    const auto head = *tensors::TakeHead(rest);
    payload = std::string(rest);
    return head;
  }

  UniqueFd ours_;
  UniqueFd theirs_;
  std::thread server_;
  Status ended_;
};

TEST_F(ServeTest, AnswersHaveTheIdOfTheirRequest) {
  Start(1, [](const tensors::RunRequest& request) {
    return tensors::RunAnswer{OkStatus(), request.feeds};
  });
  const tensors::Tensor tensor{"x:0", tensors::TensorType::kUint8, {2}, "ab", {}};
  Send(tensors::EncodeRun(41, {{tensor}, {}}));
  std::string payload;
  EXPECT_EQ(Read(payload).id, 41U);
  EXPECT_EQ(tensors::DecodeAnswer(payload)->outputs[0].data, "ab");
}

TEST_F(ServeTest, APingIsAnsweredWhileTheModelWorks) {
  std::promise<void> go_on;
  std::shared_future<void> wait = go_on.get_future().share();
  Start(1, [wait](const tensors::RunRequest&) {
    wait.wait();
    return tensors::RunAnswer{};
  });
  Send(tensors::EncodeRun(1, {}));
  Send(tensors::EncodeHead(MessageKind::kPing, 2));
  std::string payload;
  EXPECT_EQ(Read(payload).kind, MessageKind::kPong);
  go_on.set_value();
  EXPECT_EQ(Read(payload).id, 1U);
}

// After short runs whoever has read a request runs it before anybody reads on.
TEST_F(ServeTest, APingIsAnsweredWhileOneRunTakesLongerThanTheOthers) {
  std::promise<void> open;
  Start(1, [&open](const tensors::RunRequest& request) {
    if (!request.feeds.empty()) open.get_future().wait();
    return tensors::RunAnswer{OkStatus(), {}};
  });
  std::string payload;
  for (int i = 0; i < 200; ++i) {
    Send(tensors::EncodeRun(1, {{}, {}}));
    ASSERT_EQ(Read(payload).id, 1);
  }
  const tensors::Tensor tensor{"x:0", tensors::TensorType::kUint8, {1}, "a", {}};
  Send(tensors::EncodeRun(2, {{tensor}, {}}));
  Send(tensors::EncodeHead(MessageKind::kPing, 3));
  EXPECT_EQ(Read(payload).id, 3);
  open.set_value();
  EXPECT_EQ(Read(payload).id, 2);
}

TEST_F(ServeTest, AsManyRunAtOnceAsMayAndTheOthersWait) {
  std::promise<void> go_on;
  std::shared_future<void> wait = go_on.get_future().share();
  std::mutex mutex;
  std::condition_variable begun;
  int running = 0;
  int most = 0;
  Start(2, [&, wait](const tensors::RunRequest&) {
    {
      const std::lock_guard lock(mutex);
      most = std::max(most, ++running);
      begun.notify_all();
    }
    wait.wait();
    const std::lock_guard lock(mutex);
    --running;
    return tensors::RunAnswer{};
  });
  for (std::uint64_t id = 1; id <= 5; ++id) Send(tensors::EncodeRun(id, {}));
  Send(tensors::EncodeHead(MessageKind::kPing, 6));
  {
    std::unique_lock lock(mutex);
    begun.wait(lock, [&] { return running == 2; });
  }
  std::string payload;
  EXPECT_EQ(Read(payload).id, 6U);
  go_on.set_value();
  std::set<std::uint64_t> answered;
  for (int i = 0; i < 5; ++i) answered.insert(Read(payload).id);
  EXPECT_EQ(answered, (std::set<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(most, 2);
}

TEST_F(ServeTest, ADamagedRequestIsAnsweredAndADamagedMessageEndsIt) {
  Start(1, [](const tensors::RunRequest&) { return tensors::RunAnswer{}; });
  std::string cut = tensors::EncodeRun(5, {{}, {"y:0"}});
  cut.pop_back();
  cut[0] = static_cast<char>(cut[0] - 1);
  Send(cut);
  std::string payload;
  EXPECT_EQ(Read(payload).id, 5U);
  EXPECT_EQ(tensors::DecodeAnswer(payload)->status.code(), StatusCode::kDataLoss);
  Send(tensors::EncodeHead(MessageKind::kHello, 0));
  server_.join();
  EXPECT_EQ(ended_.code(), StatusCode::kDataLoss);
}

TEST_F(ServeTest, ItEndsWhenItsEngineIsGone) {
  Start(2, [](const tensors::RunRequest&) { return tensors::RunAnswer{}; });
  ours_.reset();
  server_.join();
  EXPECT_TRUE(ended_.ok());
}

}  // namespace
}  // namespace mlengine::model_server
