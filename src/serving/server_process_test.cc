// The engine's end of a model server, with programs that behave badly. Those that serve are in
// tests/test_prediction.py.
#include "serving/server_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "serving/model_servers.h"

namespace mlengine::serving {
namespace {

using testing::HasSubstr;

// A program in Python's place: it writes bytes of messages to its standard input, the socket.
constexpr char kGreet[] =
    R"(\042\0\0\0\001\0\0\0\0\0\0\0\0\377\377\377\377\0\0\0\0\0\0\0\0\005\0\0\0fake!\0\0\0\0)";

class ServerProcessTest : public testing::Test {
 protected:
  Result<std::shared_ptr<ServerProcess>> Start(const std::string& script, int timeout = 20'000) {
    return ServerProcess::Start({{"/bin/sh", "-c", script},
                                 JoinPath(dir_.path(), "log"),
                                 std::chrono::milliseconds(timeout)});
  }
  std::string Greeting() { return std::string("printf '") + kGreet + "' >&0; "; }
  TempDir dir_;
};

TEST_F(ServerProcessTest, WordsOfAProcessThatEndsAreInItsLog) {
  const auto started = Start("echo what went wrong >&2; exit 3");
  EXPECT_EQ(started.status(),
            UnavailableError("The model server of this version exited with status 3."));
  EXPECT_EQ(*RealFileSystem().Read(JoinPath(dir_.path(), "log")), "what went wrong\n");
}

TEST_F(ServerProcessTest, OneThatSaysNothingIsEnded) {
  EXPECT_EQ(Start("exec sleep 600", 100).status().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(ServerProcessTest, OneThatTalksNonsenseIsEnded) {
  EXPECT_EQ(Start("printf 'HTTP/1.1 200 OK' >&0; exec sleep 600").status().code(),
            StatusCode::kUnavailable);
  EXPECT_EQ(
      Start(R"(printf '\015\0\0\0\002\0\0\0\0\0\0\0\0\0\0\0\0' >&0; sleep 600)").status().code(),
      StatusCode::kDataLoss);
}

TEST_F(ServerProcessTest, ItsEndEndsTheRequestsUnderWay) {
  const auto server = Start(Greeting() + "head -c 20 <&0 >/dev/null; kill -9 $$");
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  EXPECT_EQ((*server)->library_version(), "fake!");
  const auto answer = (*server)->Run({{}, {"y:0"}}, std::chrono::seconds(20));
  EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.status().message(), HasSubstr("was killed by signal 9 (SIGKILL)"));
  EXPECT_FALSE((*server)->alive());
  EXPECT_EQ((*server)->Run({}, std::chrono::seconds(20)).status().code(), StatusCode::kUnavailable);
}

TEST_F(ServerProcessTest, NonsenseInPlaceOfAnAnswerFailsTheRequest) {
  const auto server =
      Start(Greeting() + "head -c 20 <&0 >/dev/null; printf 'nonsense' >&0; exec sleep 600");
  ASSERT_TRUE(server.ok());
  EXPECT_EQ((*server)->Run({{}, {"y:0"}}, std::chrono::seconds(20)).status().code(),
            StatusCode::kUnavailable);
}

TEST_F(ServerProcessTest, OneThatDoesNotAnswerInTimeIsToldFromOneThatAnswersPings) {
  const auto server = Start(Greeting() + "exec sleep 600");
  ASSERT_TRUE(server.ok());
  EXPECT_EQ((*server)->Run({{}, {"y:0"}}, std::chrono::milliseconds(50)).status().code(),
            StatusCode::kDeadlineExceeded);
  EXPECT_FALSE((*server)->Answers(std::chrono::milliseconds(50)));
  (*server)->Kill();
  EXPECT_EQ((*server)->Run({}, std::chrono::seconds(20)).status().code(), StatusCode::kUnavailable);
}

TEST_F(ServerProcessTest, APythonWorkerIsAskedInItsOwnWords) {
  const auto server =
      Start(Greeting() + R"(head -c 20 <&0 >&2; printf '\030\0\0\0\007\001\0\0\0\0\0\0\0' >&0; )"
                         R"(printf '\377\377\377\377\0\0\0\0\003\0\0\0[1]' >&0; exec sleep 600)");
  ASSERT_TRUE(server.ok());
  const auto answer = (*server)->Predict("abc", std::chrono::seconds(20));
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->text, "[1]");
  EXPECT_THAT(*RealFileSystem().Read(JoinPath(dir_.path(), "log")),
              testing::StartsWith(std::string("\024\0\0\0\006\001", 6)));
}

TEST_F(ServerProcessTest, WhatItStartedEndsWithIt) {
  const std::string pid_file = JoinPath(dir_.path(), "pid");
  const auto server = Start("sleep 600 & echo $! >" + pid_file + "; " + Greeting() +
                            "head -c 20 <&0 >/dev/null; kill -9 $$");
  ASSERT_TRUE(server.ok());
  EXPECT_FALSE((*server)->Run({{}, {"y:0"}}, std::chrono::seconds(20)).ok());
  const int child = std::stoi(*RealFileSystem().Read(pid_file));
  // A zombie is gone too: whoever inherited it has yet to look.
  const auto gone = [child] {
    const auto stat = RealFileSystem().Read("/proc/" + std::to_string(child) + "/stat");
    return !stat.ok() || stat->find(") Z") != std::string::npos;
  };
  for (int i = 0; i < 1000 && !gone(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(gone());
}

ServedVersion Version(const std::string& name) {
  ServedVersion version{"p", "m", {}, "/folder/" + name};
  version.version.set_name(name);
  return version;
}

class ModelServersTest : public ServerProcessTest {
 protected:
  ModelServerOptions Options() {
    ModelServerOptions options;
    options.processes.log_folder = dir_.path();
    options.processes.words_of = [this](const ServedVersion&) -> Result<std::vector<std::string>> {
      return std::vector<std::string>{"/bin/sh", "-c", script_};
    };
    options.processes.first_backoff = std::chrono::milliseconds(60'000);
    options.processes.longest_backoff = std::chrono::milliseconds(60'000);
    return options;
  }
  std::string script_ = Greeting() + "exec sleep 600";
};

TEST_F(ModelServersTest, OneThatDiesAgainAndAgainIsNotStartedAtOnce) {
  ModelServers servers(Options());
  script_ = "exit 1";
  EXPECT_THAT(servers.Predict(Version("v"), "{}").status().message(), HasSubstr("status 1"));
  EXPECT_THAT(servers.Predict(Version("v"), "{}").status().message(),
              HasSubstr("failed; it is started again soon"));
  // Whoever makes the version again does not wait.
  script_ = Greeting() + "exec sleep 600";
  EXPECT_TRUE(servers.Load(Version("v")).ok());
}

TEST_F(ModelServersTest, TheOneThatWasIdleLongestLeaves) {
  ModelServerOptions options = Options();
  options.most_servers = 2;
  ModelServers servers(std::move(options));
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(servers.Load(Version(name)).ok());
  std::vector<std::string> folders;
  const auto versions = servers.Versions();
  for (const auto& one : versions)
    if (!one.processes.empty()) folders.push_back(one.folder);
  EXPECT_THAT(folders, testing::ElementsAre("/folder/b", "/folder/c"));
  servers.Unload(Version("b"));
  EXPECT_EQ(servers.Versions().size(), 2U);
  EXPECT_EQ(servers.Predict(Version("b"), "{}").status().code(), StatusCode::kAborted);
}

TEST_F(ModelServersTest, WhatDoesNotFitTheMemoryIsNotLoaded) {
  ModelServerOptions options = Options();
  bool fits_ever = true;
  std::size_t most = 2;
  ModelServers* made = nullptr;
  options.fits = [&](const ServedVersion&) -> Status {
    if (!fits_ever) return FailedPreconditionError("it has never room");
    std::size_t running = 0;
    const auto versions = made->Versions();
    for (const auto& one : versions) running += one.processes.size();
    return running < most ? OkStatus() : ResourceExhaustedError("it has no room");
  };
  ModelServers servers(std::move(options));
  made = &servers;
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(servers.Load(Version(name)).ok());
  EXPECT_EQ(servers.Versions().size(), 3U);  // the one that was idle longest gave its room
  most = 0;                                  // and when all have gone there is still too little
  EXPECT_EQ(servers.Predict(Version("d"), "{}").status(), ResourceExhaustedError("it has no room"));
  most = 2;
  ASSERT_TRUE(servers.Load(Version("a")).ok());
  fits_ever = false;
  EXPECT_EQ(servers.Predict(Version("e"), "{}").status(),
            FailedPreconditionError("it has never room"));
  const auto versions = servers.Versions();
  EXPECT_TRUE(
      std::ranges::any_of(versions, [](const auto& one) { return !one.processes.empty(); }));
}

TEST_F(ModelServersTest, AnIdleOneEnds) {
  ModelServerOptions options = Options();
  options.idle_after = std::chrono::milliseconds(1);
  options.look_every = std::chrono::milliseconds(10);
  ModelServers servers(std::move(options));
  ASSERT_TRUE(servers.Load(Version("v")).ok());
  while (!servers.Versions().front().processes.empty()) std::this_thread::yield();
}

TEST_F(ModelServersTest, TooManyRequestsAreRefused) {
  ModelServerOptions options = Options();
  options.most_requests = 0;
  ModelServers servers(std::move(options));
  EXPECT_EQ(servers.Predict(Version("v"), "{}").status().code(), StatusCode::kResourceExhausted);
}

TEST_F(ModelServersTest, AVersionThatNothingHereCanServeSaysWhy) {
  ModelServerOptions options = Options();
  options.processes.words_of = [](const ServedVersion&) -> Result<std::vector<std::string>> {
    return FailedPreconditionError("install a runtime");
  };
  ModelServers servers(std::move(options));
  EXPECT_EQ(servers.Predict(Version("v"), "{}").status(),
            FailedPreconditionError("install a runtime"));
}

}  // namespace
}  // namespace mlengine::serving
