#include "engine_api/runtime_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "store/memory_job_store.h"

namespace mlengine::engine_api {
namespace {

using ::testing::HasSubstr;
using Pull = net::BodyStream::Pull;

constexpr char kCatalog[] =
    "runtimes:\n"
    "  system: {interpreter: python3}\n"
    "  gone: {interpreter: /no/python}\n"
    "  '2.19': {framework: Frame 2.19, python: ['3.11'], requirements: ['a==1'], default: true,\n"
    "    released: 2025-01-02, derived: ['b==2'], installer: ['pip==3']}\n"
    "  '1.4': {framework: Frame 1.4, python: ['2.7', '3.6']}\n"
    "  '0.11': {framework: Frame 0.11, unavailable: no wheel, python: ['2.7']}\n";

// A store whose installations wait for the test.
class FakeRuntimeStore final : public runtimes::RuntimeStore {
 public:
  const policy::RuntimeCatalog& catalog() const override { return catalog_; }
  std::vector<runtimes::InstalledRuntime> Installed() override {
    return {{"system", "/usr/bin/python3", "3.11.2", "d1"},
            {"1.4", "/r/1.4/a/bin/python", "2.7.18", "d2"},
            {"1.4", "/r/1.4/b/bin/python", "3.6.15", "d3"}};
  }
  runtimes::RuntimeOutlook Outlook(const policy::RuntimeVersion& version) override {
    using State = runtimes::RuntimeOutlook::State;
    if (version.name == "gone") return {State::kMissing, "needs /no/python", ""};
    if (version.name == "0.11") return {State::kUnavailable, version.unavailable, ""};
    if (version.name == "2.19") return {State::kAvailable, "", "3.11.4"};
    return {State::kInstalled, "", ""};
  }
  Result<std::vector<runtimes::InstalledRuntime>> Uninstall(
      const std::string& name, const std::string& python_version) override {
    uninstalled_.push_back(name + " " + python_version);
    return std::vector{Installed().back()};
  }
  void RemoveSuperseded(const std::string& name) override { cleaned_.push_back(name); }
  std::vector<std::string> uninstalled_;
  std::vector<std::string> cleaned_;

  Status Install(const std::string&, const std::string& python_version,
                 const std::function<bool(std::string_view)>& on_line) override {
    std::unique_lock lock(mutex_);
    ++calls_;
    python_ = python_version;
    while (true) {
      changed_.wait_for(lock, std::chrono::milliseconds(1));
      if (!line_.empty() && on_line(std::exchange(line_, ""))) changed_.notify_all();
      if (!on_line("")) return CancelledError("stopped");
      if (end_) return *std::exchange(end_, std::nullopt);
    }
  }
  // Returns when the line was handed on.
  void Say(const std::string& line) {
    std::unique_lock lock(mutex_);
    line_ = line;
    changed_.notify_all();
    changed_.wait(lock, [this] { return line_.empty(); });
  }
  void End(Status status) {
    const std::lock_guard lock(mutex_);
    end_ = std::move(status);
  }
  std::string python() {
    const std::lock_guard lock(mutex_);
    return python_;
  }
  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  const policy::RuntimeCatalog catalog_ = *policy::RuntimeCatalog::Parse(kCatalog, "test");
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string line_;
  std::optional<Status> end_;
  int calls_ = 0;
  std::string python_;
};

// Reads a body as the server does: pulls, and sleeps until woken.
class BodyReader {
 public:
  explicit BodyReader(net::Response response) : stream_(std::move(response.stream)) {
    stream_->SetWaker([wake = wake_] {
      const std::lock_guard lock(wake->mutex);
      wake->due = true;
      wake->changed.notify_all();
    });
  }
  // The next bytes; "" at the end.
  std::string Read() {
    std::string out;
    while (true) {
      const Pull pull = stream_->Next(out);
      if (pull == Pull::kData) return out;
      if (pull != Pull::kWait) return "";
      std::unique_lock lock(wake_->mutex);
      wake_->changed.wait(lock, [this] { return wake_->due; });
      wake_->due = false;
    }
  }
  std::string ReadAll() {
    std::string all;
    for (std::string piece = Read(); !piece.empty(); piece = Read()) all += piece;
    return all;
  }

 private:
  struct Wake {
    std::mutex mutex;
    std::condition_variable changed;
    bool due = false;
  };
  std::shared_ptr<Wake> wake_ = std::make_shared<Wake>();
  std::unique_ptr<net::BodyStream> stream_;
};

class RuntimeHandlerTest : public ::testing::Test {
 protected:
  RuntimeHandlerTest() {
    router_.emplace();
    RegisterRuntimes(*router_, {.runtimes = &store_, .jobs = jobs_.get()});
  }
  net::Response Call(const std::string& method, const std::string& path,
                     const std::string& python = "") {
    net::Router::Match match = router_->Find(method, path);
    net::Request request;
    if (!python.empty()) request.query.emplace_back("pythonVersion", python);
    request.path_values = match.path_values;
    EXPECT_NE(match.route, nullptr) << path;
    return match.route->handler(request);
  }
  net::Response Install(const std::string& name, const std::string& python = "") {
    return Call("POST", "/mlengine/v1/runtimes/" + name + ":install", python);
  }

  void AddJob(const std::string& id, const std::string& runtime, const std::string& python,
              const std::string& runs_on = "") {
    store::JobRecord record;
    record.set_project("p");
    record.mutable_job()->set_job_id(id);
    record.mutable_job()->set_state(ml::v1::Job::QUEUED);
    record.mutable_job()->mutable_training_input()->set_runtime_version(runtime);
    record.mutable_job()->mutable_training_input()->set_python_version(python);
    record.set_runtime_name(runs_on);
    const auto stored = jobs_->Create(std::move(record));
    EXPECT_TRUE(stored.ok()) << stored.status().ToString();
  }

  FakeRuntimeStore store_;
  const std::unique_ptr<store::JobStore> jobs_ = store::NewMemoryJobStore();
  std::optional<net::Router> router_;
};

TEST_F(RuntimeHandlerTest, ListsWhatIsThereAndWhatCouldBe) {
  EXPECT_EQ(Call("GET", "/mlengine/v1/runtimes").body,
            R"({"runtimes":[{"name":"system","state":"INSTALLED","pythonVersions":["3.11.2"]},)"
            R"({"name":"gone","state":"MISSING","reason":"needs /no/python"},)"
            R"({"name":"2.19","state":"AVAILABLE","pythonVersions":["3.11.4"],)"
            R"("framework":"Frame 2.19","released":"2025-01-02","default":true},)"
            R"({"name":"1.4","state":"INSTALLED","pythonVersions":["2.7.18","3.6.15"],)"
            R"("framework":"Frame 1.4"},)"
            R"({"name":"0.11","state":"UNAVAILABLE","pythonVersions":["2.7"],)"
            R"("framework":"Frame 0.11","reason":"no wheel"}]})");
}

TEST_F(RuntimeHandlerTest, DescribesOne) {
  EXPECT_EQ(Call("GET", "/mlengine/v1/runtimes/system").body,
            R"({"name":"system","state":"INSTALLED","pythonVersions":["3.11.2"],)"
            R"("interpreter":"/usr/bin/python3","digest":"d1"})");
  EXPECT_THAT(Call("GET", "/mlengine/v1/runtimes/2.19").body,
              HasSubstr(R"("fittingPythons":["3.11"],"requirements":["a==1"],)"
                        R"("derivedRequirements":["b==2"],"installer":["pip==3"])"));
  EXPECT_THAT(Call("GET", "/mlengine/v1/runtimes/1.4").body,
              HasSubstr(R"("interpreter":"/r/1.4/a/bin/python","digest":"d2","environments":[)"
                        R"({"pythonVersion":"2.7.18","interpreter":"/r/1.4/a/bin/python",)"
                        R"("digest":"d2"},{"pythonVersion":"3.6.15",)"));
  const net::Response unknown = Call("GET", "/mlengine/v1/runtimes/1.5");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("runtime version 1.5 is not one that"));
}

TEST_F(RuntimeHandlerTest, UninstallsWhatNoUnfinishedJobNeeds) {
  const auto uninstall = [this](const std::string& name, const std::string& python) {
    return Call("DELETE", "/mlengine/v1/runtimes/" + name, python);
  };
  EXPECT_EQ(uninstall("1.5", "").status, 404);
  AddJob("waits", "1.4", "3.5");      // would run on 3.6
  AddJob("runs", "1.5", "", "2.19");  // stands in
  EXPECT_THAT(uninstall("1.4", "").body, HasSubstr("needed by unfinished jobs (p/waits)"));
  EXPECT_THAT(uninstall("1.4", "3.6").body, HasSubstr("p/waits"));
  EXPECT_THAT(uninstall("2.19", "").body, HasSubstr("p/runs"));
  EXPECT_TRUE(store_.uninstalled_.empty());
  const net::Response done = uninstall("1.4", "2.7");
  EXPECT_EQ(done.body, R"({"name":"1.4","pythonVersions":["3.6.15"]})");  // as the store says
  EXPECT_THAT(store_.uninstalled_, ::testing::ElementsAre("1.4 2.7"));
}

TEST_F(RuntimeHandlerTest, AnInstallationRemovesWhatItReplacedUnlessAJobNeedsIt) {
  AddJob("runs", "1.4", "", "1.4");
  BodyReader reader(Install("2.19", "3.11"));
  store_.End(OkStatus());
  EXPECT_EQ(reader.ReadAll(), "{\"done\":true}\n");
  EXPECT_EQ(store_.python(), "3.11");
  EXPECT_THAT(store_.cleaned_, ::testing::ElementsAre("system", "gone", "2.19", "0.11"));
}

TEST_F(RuntimeHandlerTest, StreamsLinesAsTheyComeAndTheEnd) {
  BodyReader reader(Install("2.19"));
  store_.Say("Collecting \"a\"\x1b");
  EXPECT_EQ(reader.Read(), "{\"line\":\"Collecting \\\"a\\\"\\u001b\"}\n");
  store_.Say("\xC3\xA9, not UTF-8: \xFF");
  EXPECT_EQ(reader.Read(), "{\"line\":\"\xC3\xA9, not UTF-8: \xEF\xBF\xBD\"}\n");
  store_.End(OkStatus());
  EXPECT_EQ(reader.ReadAll(), "{\"done\":true}\n");
}

TEST_F(RuntimeHandlerTest, TellsAFailureInTheStream) {
  BodyReader reader(Install("2.19"));
  store_.End(FailedPreconditionError("pip exited with status 1"));
  EXPECT_EQ(reader.ReadAll(),
            "{\"error\":{\"code\":400,\"message\":\"pip exited with status 1\","
            "\"status\":\"FAILED_PRECONDITION\"}}\n");
}

TEST_F(RuntimeHandlerTest, AClientThatGoesAwayStopsNothingAndASecondReadsAll) {
  auto first = std::make_unique<BodyReader>(Install("2.19"));
  store_.Say("one");
  first.reset();
  BodyReader second(Install("2.19"));
  store_.Say("two");
  store_.End(OkStatus());
  EXPECT_EQ(second.ReadAll(), "{\"line\":\"one\"}\n{\"line\":\"two\"}\n{\"done\":true}\n");
  EXPECT_EQ(store_.calls(), 1);
  BodyReader third(Install("2.19"));  // the first has ended: a new one
  store_.End(OkStatus());
  EXPECT_EQ(third.ReadAll(), "{\"done\":true}\n");
  EXPECT_EQ(store_.calls(), 2);
}

TEST_F(RuntimeHandlerTest, RefusesAnUnknownNameBeforeTheStream) {
  const net::Response response = Install("1.5");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.stream, nullptr);
  EXPECT_EQ(store_.calls(), 0);
}

TEST_F(RuntimeHandlerTest, EndsWithTheRouter) {
  BodyReader reader(Install("2.19"));
  store_.Say("one");
  router_.reset();
  EXPECT_THAT(reader.ReadAll(), HasSubstr("\"status\":\"CANCELLED\""));
}

}  // namespace
}  // namespace mlengine::engine_api
