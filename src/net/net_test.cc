#include <arpa/inet.h>
#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "base/unique_fd.h"
#include "net/client.h"
#include "net/listen_address.h"
#include "net/server.h"

namespace mlengine::net {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What a test's upload left behind.
struct UploadTrace {
  std::mutex mutex;
  std::string bytes;
  int finished = 0;
  std::promise<void> dropped;
};

class TraceSink final : public BodySink {
 public:
  explicit TraceSink(UploadTrace& trace) : trace_(trace) {}
  ~TraceSink() override { trace_.dropped.set_value(); }
  Status Write(std::string_view bytes) override {
    const std::lock_guard lock(trace_.mutex);
    trace_.bytes += bytes;
    return trace_.bytes.size() > 3'000'000 ? ResourceExhaustedError("full") : OkStatus();
  }
  Response Finish() override {
    ++trace_.finished;
    Response response;
    response.body = std::to_string(trace_.bytes.size());
    return response;
  }
  Response Fail(const Status& status) override {
    Response response;
    response.status = 507;
    response.body = status.message();
    return response;
  }

 private:
  UploadTrace& trace_;
};

// Sends "first", then waits until told, then "second".
class TwoStepStream final : public BodyStream {
 public:
  TwoStepStream(std::promise<std::function<void()>>& waker, std::atomic<bool>& go,
                std::promise<void>& gone)
      : waker_(waker), go_(go), gone_(gone) {}
  ~TwoStepStream() override { gone_.set_value(); }
  void SetWaker(std::function<void()> waker) override { waker_.set_value(std::move(waker)); }
  Pull Next(std::string& out) override {
    if (step_ == 0 || (step_ == 1 && go_)) {
      out = step_++ == 0 ? "first" : "second";
      return Pull::kData;
    }
    return step_ == 2 ? Pull::kEnd : Pull::kWait;
  }

 private:
  std::promise<std::function<void()>>& waker_;
  std::atomic<bool>& go_;
  std::promise<void>& gone_;
  int step_ = 0;
};

// Nobody wakes it: it goes by its limit; then it waits for ever.
class TickingStream final : public BodyStream {
 public:
  Pull Next(std::string& out) override {
    if (++asked_ % 2 == 1 || asked_ > 6) return Pull::kWait;
    out = "tick ";
    return Pull::kData;
  }
  std::optional<milliseconds> WaitLimit() override {
    if (asked_ > 6) return std::nullopt;
    return milliseconds(20);
  }
  std::string LastWords() override { return "stopped"; }

 private:
  int asked_ = 0;
};

class NetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    router_.Handle("GET", "/hello/{name}", [](Request& request) {
      Response response;
      response.body =
          "hello " + request.path_values[0] + std::string(request.Query("q").value_or(""));
      return response;
    });
    router_.Handle("POST", "/echo", [](Request& request) {
      Response response;
      response.body = request.body;
      return response;
    });
    router_.Handle("GET", "/throws",
                   [](Request&) -> Response { throw std::runtime_error("oops"); });
    router_.Handle("GET", "/stream", [this](Request&) {
      Response response;
      response.stream = std::make_unique<TwoStepStream>(waker_, go_, gone_);
      return response;
    });
    router_.Handle("GET", "/ticks", [](Request&) {
      Response response;
      response.stream = std::make_unique<TickingStream>();
      return response;
    });
    Route upload;
    upload.method = "PUT";
    upload.path_template = "/upload";
    upload.upload_handler = [this](const RequestHead&) {
      return std::make_unique<TraceSink>(upload_);
    };
    router_.Add(std::move(upload));
    options_.listen = {"127.0.0.1:0"};
    options_.worker_threads = 4;
    options_.header_timeout = milliseconds(300);
    options_.error_body = [](const Status& status) {
      return "{\"error\":\"" + status.message() + "\"}";
    };
  }
  void Serve() {
    auto server = Server::Listen(options_, router_);
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
    server_->Start();
    origin_ = "http://" + server_->addresses()[0];
    client_ = *Client::Create(origin_);
  }
  UniqueFd Connect() {
    const ListenAddress address = *ParseListenAddress(server_->addresses()[0]);
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }
  static void SendRaw(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  static std::string ReadAll(int fd) {
    std::string out;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof(buffer), 0)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }
  std::string Raw(std::string_view bytes) {
    const UniqueFd fd = Connect();
    SendRaw(fd.get(), bytes);
    return ReadAll(fd.get());
  }

  Router router_;
  ServerOptions options_;
  UploadTrace upload_;
  std::promise<std::function<void()>> waker_;
  std::atomic<bool> go_{false};
  std::promise<void> gone_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  std::string origin_;
};

TEST_F(NetTest, AnswersAndKeepsTheConnection) {
  Serve();
  ClientRequest request;
  request.target = "/hello/a%20b?q=%3F";
  for (int i = 0; i < 3; ++i) {
    const auto response = client_->Call(request);
    ASSERT_TRUE(response.ok()) << response.status().ToString();
    EXPECT_EQ(response->body, "hello a b?");
    EXPECT_EQ(response->headers.Get("server"), "mlengine");
  }
}

TEST_F(NetTest, APlusIsABlankInTheQueryAloneAndMayBeEscaped) {
  Serve();
  EXPECT_THAT(
      Raw("GET /hello/a+b?q=c+d%2Be+ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      ::testing::EndsWith("hello a+bc d+e "));
}

TEST_F(NetTest, ServesPipelinedRequestsInOrder) {
  Serve();
  const std::string answer =
      Raw("GET /hello/1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hello/2 HTTP/1.1\r\nHost: "
          "localhost\r\nConnection: "
          "close\r\n\r\n");
  EXPECT_LT(answer.find("hello 1"), answer.find("hello 2"));
  EXPECT_NE(answer.find("hello 2"), std::string::npos);
}

TEST_F(NetTest, ReadsChunkedBodiesAndContinues) {
  Serve();
  const std::string answer =
      Raw("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: "
          "100-continue\r\n"
          "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT_THAT(answer, ::testing::EndsWith("abcde"));
}

TEST_F(NetTest, RefusesWhatIsNoRequest) {
  Serve();
  EXPECT_THAT(Raw("NONSENSE\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Raw("GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Raw("PATCH /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              ::testing::AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("possible: POST")));
  EXPECT_THAT(Raw("GET /throws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 500 "));
}

TEST_F(NetTest, RefusesWhatABrowserSendsForAnotherSite) {
  Serve();
  EXPECT_THAT(Raw("GET /hello/a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 403 Forbidden"), HasSubstr("evil.example")));
  EXPECT_THAT(Raw("PUT /upload HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
                  "Content-Length: 3\r\n\r\nabc"),
              AllOf(StartsWith("HTTP/1.1 403 Forbidden"), HasSubstr("Connection: close")));
  EXPECT_EQ(upload_.bytes, "");
  EXPECT_THAT(Raw("GET /hello/a HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                  "Connection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(NetTest, BoundsHeaderTimeAndSize) {
  Serve();
  EXPECT_THAT(Raw("GET /hello/x HTTP/1.1\r\nHost"), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(Raw("GET /hello/x HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(NetTest, ATooLongBodyIsAnsweredAndTheAnswerArrives) {
  Serve();
  ClientRequest request;
  request.method = "POST";
  request.target = "/echo";
  request.body = std::string(10U << 20, 'x');
  const auto response = client_->Call(request);
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->status, 413);
}

TEST_F(NetTest, ABodyThatStopsComingIsAnswered) {
  options_.body_timeout = milliseconds(200);
  Serve();
  const std::string answer =
      Raw("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(answer, HasSubstr("3 bytes came"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  upload_.dropped.get_future().wait();
  EXPECT_EQ(upload_.finished, 0);
}

TEST_F(NetTest, OneConnectionTooManyIsToldSoAndTheOthersAreServed) {
  options_.connection_limit = 1;
  Serve();
  ClientRequest request;
  request.target = "/hello/a";
  ASSERT_EQ(client_->Call(request)->status, 200);  // keeps its connection
  const std::string answer = Raw("GET /hello/b HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("as many connections as it takes (1"));
  EXPECT_EQ(client_->Call(request)->status, 200);
}

TEST_F(NetTest, UploadsArePieceByPiece) {
  Serve();
  ClientRequest request;
  request.method = "PUT";
  request.target = "/upload";
  request.body = std::string(2'000'000, 'x');
  const auto response = client_->Call(request);
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->body, "2000000");
  EXPECT_EQ(upload_.finished, 1);
}

TEST_F(NetTest, AFailingSinkEndsTheUploadWithItsAnswer) {
  Serve();
  ClientRequest request;
  request.method = "PUT";
  request.target = "/upload";
  request.body.assign(20'000'000, 'x');
  const auto response = client_->Call(request);
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->status, 507);
  EXPECT_EQ(upload_.finished, 0);
}

TEST_F(NetTest, ABrokenUploadIsDroppedUnfinished) {
  Serve();
  {
    const UniqueFd fd = Connect();
    SendRaw(fd.get(),
            "PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf");
  }
  ASSERT_EQ(upload_.dropped.get_future().wait_for(std::chrono::seconds(10)),
            std::future_status::ready);
  EXPECT_EQ(upload_.finished, 0);
}

TEST_F(NetTest, AStreamSleepsUntilItIsWoken) {
  Serve();
  std::string got;
  ClientRequest request;
  request.target = "/stream";
  const auto response = client_->Stream(request, [&](std::string_view data) {
    got += data;
    if (got == "first") {
      go_ = true;
      waker_.get_future().get()();
    }
    return true;
  });
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(got, "firstsecond");
}

TEST_F(NetTest, ASleepingStreamEndsWhenItsClientLeaves) {
  Serve();
  {
    const UniqueFd fd = Connect();
    SendRaw(fd.get(), "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    waker_.get_future().wait();
  }
  EXPECT_EQ(gone_.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(NetTest, StopEndsSleepingStreamsProperly) {
  Serve();
  ClientRequest request;
  request.target = "/stream";
  std::thread stopper([this] {
    waker_.get_future().wait();
    server_->Stop(milliseconds(5'000));
  });
  std::string got;
  const auto response = client_->Stream(request, [&got](std::string_view data) {
    got += data;
    return true;
  });
  stopper.join();
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(got, "first");
}

TEST_F(NetTest, AStreamIsAskedAgainAtItsLimitAndHasALastWord) {
  Serve();
  ClientRequest request;
  request.target = "/ticks";
  std::promise<void> ticked;
  std::thread stopper([&] {
    ticked.get_future().wait();
    server_->Stop(milliseconds(5'000));
  });
  std::string got;
  const auto begun = std::chrono::steady_clock::now();
  const auto response = client_->Stream(request, [&](std::string_view data) {
    got += data;
    if (got == "tick tick tick ") ticked.set_value();
    return true;
  });
  stopper.join();
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(got, "tick tick tick stopped");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(60));
}

TEST_F(NetTest, ManyConnectionsAtOnce) {
  Serve();
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 64; ++i) {
    answers.push_back(std::async(std::launch::async, [this] {
      auto client = *Client::Create(origin_);
      ClientRequest request;
      request.target = "/hello/x";
      int good = 0;
      for (int n = 0; n < 5; ++n) {
        const auto response = client->Call(request);
        good += response.ok() && response->status == 200 ? 1 : 0;
      }
      return good;
    }));
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 5);
}

TEST_F(NetTest, NamesTheHolderOfATakenPort) {
  Serve();
  ServerOptions second = options_;
  second.listen = {server_->addresses()[0]};
  const auto result = Server::Listen(second, Router());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(result.status().message(), HasSubstr("PID " + std::to_string(::getpid())));
}

TEST(ListenAddressTest, LoopbackOnly) {
  EXPECT_EQ(ParseListenAddress("localhost:8650")->ToString(), "127.0.0.1:8650");
  EXPECT_EQ(ParseListenAddress("[::1]:0")->ToString(), "[::1]:0");
  EXPECT_THAT(ParseListenAddress("127.0.0.x:8650").status().message(),
              HasSubstr("not an address to listen on"));
  EXPECT_FALSE(ParseListenAddress(std::string_view("127.0.0.1\0x:8650", 16)).ok());
  EXPECT_THAT(ParseListenAddress("0.0.0.0:8650").status().message(), HasSubstr("ssh -L"));
  for (const char* bad : {"", "8650", "127.0.0.1:", "127.0.0.1:99999", "::1:80"}) {
    EXPECT_FALSE(ParseListenAddress(bad).ok()) << bad;
  }
}

TEST(ClientTest, NobodyThereIsUnavailableAndNamed) {
  auto client = *Client::Create("http://127.0.0.1:9");
  const auto response = client->Call({});
  EXPECT_EQ(response.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(response.status().message(), HasSubstr("http://127.0.0.1:9"));
}

}  // namespace
}  // namespace mlengine::net
