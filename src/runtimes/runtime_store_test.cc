#include "runtimes/runtime_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "base/file_system.h"
#include "base/process.h"
#include "base/testing/source_tree.h"
#include "base/testing/temp_dir.h"
#include "base/unique_fd.h"
#include "runtimes/folder_lock.h"
#include "runtimes/python_probe.h"
#include "runtimes/runtime_record.h"

namespace mlengine::runtimes {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

// What a runner holds while its replica lives.
class Hold {
 public:
  explicit Hold(const InstalledRuntime& runtime)
      : fd_(::open((ParentPath(ParentPath(runtime.interpreter)) + "/runtime.json").c_str(),
                   O_RDONLY | O_CLOEXEC)) {
    EXPECT_EQ(::flock(fd_.get(), LOCK_SH | LOCK_NB), 0);
  }

 private:
  UniqueFd fd_;
};

// The tests build with the machine's own python3, whatever its version is, and no network.
class RuntimeStoreTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { python_ = new Result<PythonProbe>(ProbePython("python3")); }
  static void TearDownTestSuite() {
    delete python_;
    python_ = nullptr;
  }
  void SetUp() override {
    ASSERT_TRUE(python_->ok()) << python_->status().ToString();
    if (!(*python_)->makes_environments) GTEST_SKIP() << "python3 has no venv";
    version_ = MajorMinor((*python_)->version);
  }

  // A wheel with one module `greeting` that holds `text`.
  std::string MakeWheel(const std::string& text) {
    const std::string wheel = dir_ / "greeting-1.0-py3-none-any.whl";
    const std::string script =
        "import sys, zipfile\n"
        "z = zipfile.ZipFile(sys.argv[1], 'w')\n"
        "z.writestr('greeting.py', 'text = ' + repr(sys.argv[2]))\n"
        "d = 'greeting-1.0.dist-info/'\n"
        "z.writestr(d + 'METADATA', 'Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n')\n"
        "z.writestr(d + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\n"
        "Root-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "z.writestr(d + 'RECORD', '')\n"
        "z.close()\n";
    EXPECT_TRUE(Run({"python3", "-c", script, wheel, text}).ok());
    return wheel;
  }
  static Result<std::string> Run(std::vector<std::string> words) {
    ProcessSpec spec;
    spec.words = std::move(words);
    MLENGINE_ASSIGN_OR_RETURN(ProcessOutput output,
                              RunProcess(std::move(spec), std::chrono::minutes(1)));
    if (!output.end.ok()) return InternalError(output.tail);
    return output.tail;
  }
  std::unique_ptr<RuntimeStore> Open(const std::string& runtimes) {
    const Result<policy::RuntimeCatalog> catalog =
        policy::RuntimeCatalog::Parse("runtimes:\n" + runtimes, "test");
    EXPECT_TRUE(catalog.ok()) << catalog.status().ToString();
    Result<std::unique_ptr<RuntimeStore>> store = OpenRuntimeStore(folder_, *catalog);
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return *std::move(store);
  }
  std::string Entry(const std::string& requirements) const {
    return "  mine: {python: [\"" + version_ + "\"], requirements: [" + requirements +
           "], provides: [salute==3.2]}\n";
  }
  // Environments of `mine`, complete or not.
  std::vector<std::string> Folders() const {
    std::vector<std::string> names = RealFileSystem().List(folder_ + "/mine").value_or({});
    std::erase(names, "lock");
    return names;
  }
  bool KeepLine(std::string_view line) {
    lines_.emplace_back(line);
    return true;
  }
  std::string Install(RuntimeStore& store, const std::string& name) {
    const Status status =
        store.Install(name, "", [this](std::string_view l) { return KeepLine(l); });
    return status.ToString();
  }

  // How often it was built.
  static int InstallByManyThreads(RuntimeStore& store) {
    std::atomic<int> built = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const Status status = store.Install("mine", "", [&built](std::string_view line) {
          if (line.starts_with("Making an environment")) ++built;
          return true;
        });
        EXPECT_TRUE(status.ok()) << status.ToString();
      });
    }
    for (std::thread& thread : threads) thread.join();
    return built;
  }
  static std::string Greeting(const InstalledRuntime& runtime) {
    return Run({runtime.interpreter, "-c",
                "import greeting; from importlib import metadata; "
                "print(greeting.text, metadata.version('salute'))"})
        .value_or("cannot be imported");
  }

  static Result<PythonProbe>* python_;
  TempDir dir_;
  const std::string folder_ = dir_ / "runtimes";
  std::string version_;  // "3.11"
  std::vector<std::string> lines_;
};
Result<PythonProbe>* RuntimeStoreTest::python_ = nullptr;

// Each environment costs seconds (venv unpacks pip), so one test follows a runtime's life.
TEST_F(RuntimeStoreTest, IsBuiltOnceServesAndIsReplacedBesideByOtherPins) {
  const std::string entry = Entry(MakeWheel("one"));
  InstalledRuntime first;
  {
    const auto store = Open(entry);
    EXPECT_THAT(store->Installed(), IsEmpty());
    EXPECT_EQ(InstallByManyThreads(*store), 1);
    ASSERT_EQ(store->Installed().size(), 1U);
    first = store->Installed()[0];
  }
  EXPECT_EQ(first.name, "mine");
  EXPECT_EQ(first.python_version, (*python_)->version);
  EXPECT_EQ(Greeting(first), "one 3.2\n");
  {
    const auto again = Open(entry);
    ASSERT_EQ(again->Installed().size(), 1U);
    EXPECT_EQ(again->Installed()[0].digest, first.digest);
    EXPECT_EQ(Install(*again, "mine"), "OK");  // at once
    EXPECT_THAT(lines_, IsEmpty());
  }
  MakeWheel("two");
  const auto store = Open(entry);
  EXPECT_EQ(store->Installed()[0].interpreter, first.interpreter);  // serves until then
  ASSERT_EQ(Install(*store, "mine"), "OK");
  EXPECT_THAT(lines_, Contains(HasSubstr("Installing 1 packages")));
  EXPECT_THAT(lines_, Contains(HasSubstr("Successfully installed greeting-1.0")));
  const InstalledRuntime second = store->Installed()[0];
  EXPECT_NE(second.digest, first.digest);
  EXPECT_EQ(Greeting(second), "two 3.2\n");
  EXPECT_EQ(Greeting(first), "one 3.2\n");  // a running job may still use it
  {
    const Hold job(first);
    store->RemoveSuperseded("mine");
    EXPECT_EQ(Folders().size(), 2U);
    EXPECT_THAT(store->Uninstall("mine", "").status().message(), HasSubstr("a job runs on"));
    EXPECT_EQ(Folders().size(), 2U);
  }
  store->RemoveSuperseded("mine");
  EXPECT_EQ(Folders().size(), 1U);
  EXPECT_EQ(Greeting(second), "two 3.2\n");
  const auto removed = store->Uninstall("mine", version_);
  ASSERT_TRUE(removed.ok()) << removed.status().ToString();
  ASSERT_EQ(removed->size(), 1U);
  EXPECT_EQ(removed->front().digest, second.digest);
  EXPECT_THAT(Folders(), IsEmpty());
  EXPECT_THAT(store->Installed(), IsEmpty());
  EXPECT_EQ(store->Uninstall("mine", "").status().code(), StatusCode::kNotFound);
}

TEST_F(RuntimeStoreTest, NothingIsRemovedThatIsNotOurs) {
  const auto store = Open("  system: {interpreter: python3}\n" + Entry(""));
  EXPECT_EQ(store->Uninstall("system", "").status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store->Uninstall("mine", "").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store->Uninstall("other", "").status().code(), StatusCode::kNotFound);
}

TEST_F(RuntimeStoreTest, SaysWhatEachVersionNeeds) {
  using State = RuntimeOutlook::State;
  const auto store = Open(
      "  system: {interpreter: python3}\n  far: {python: [\"9.8\", \"9.9\"]}\n"
      "  gone: {python: [\"9.8\"], unavailable: the index lost it}\n" +
      Entry(""));
  const auto outlook = [&](const char* name) {
    return store->Outlook(*store->catalog().Find(name));
  };
  EXPECT_EQ(outlook("system").state, State::kInstalled);
  EXPECT_EQ(outlook("mine").state, State::kAvailable);
  EXPECT_EQ(MajorMinor(outlook("mine").python_version), version_);
  EXPECT_EQ(outlook("far").state, State::kMissing);
  EXPECT_THAT(outlook("far").reason, HasSubstr("needs Python 9.8 or 9.9"));
  EXPECT_EQ(outlook("gone").state, State::kUnavailable);
  EXPECT_EQ(outlook("gone").reason, "the index lost it");
  EXPECT_THAT(Install(*store, "gone"),
              AllOf(HasSubstr("FAILED_PRECONDITION"), HasSubstr("no more: the index lost it")));
  EXPECT_EQ(store->Install("mine", "2.6", [](std::string_view) { return true; }).code(),
            StatusCode::kInvalidArgument);
}

TEST_F(RuntimeStoreTest, AStopOrAFailureLeavesNothing) {
  std::ofstream(dir_ / "broken-1.0-py3-none-any.whl") << "no zip";
  const auto store = Open(Entry(dir_ / "broken-1.0-py3-none-any.whl"));
  const Status stopped = store->Install(
      "mine", "", [](std::string_view line) { return !line.starts_with("Making an environment"); });
  EXPECT_EQ(stopped.code(), StatusCode::kCancelled);
  EXPECT_THAT(Folders(), IsEmpty());

  const Status broken = store->Install("mine", "", [](std::string_view) { return true; });
  EXPECT_EQ(broken.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(broken.message(),
              AllOf(HasSubstr("runtime mine cannot be built: pip exited with status 1"),
                    HasSubstr("broken")));
  EXPECT_LT(broken.message().size(), 3000U);
  EXPECT_THAT(Folders(), IsEmpty());
  EXPECT_THAT(store->Installed(), IsEmpty());
}

TEST_F(RuntimeStoreTest, AMissingWheelIsNamedBeforeAnythingIsMade) {
  const auto store = Open(Entry(dir_ / "absent-1.0-py3-none-any.whl"));
  EXPECT_THAT(Install(*store, "mine"),
              AllOf(HasSubstr("NOT_FOUND"), HasSubstr("absent-1.0-py3-none-any.whl")));
  EXPECT_THAT(Folders(), IsEmpty());
}

TEST_F(RuntimeStoreTest, AFrameworkThatCannotBeImportedIsNoRuntime) {
  const auto store = Open("  mine: {framework: TensorFlow 9, python: [\"" + version_ + "\"]}\n");
  EXPECT_THAT(Install(*store, "mine"), AllOf(HasSubstr("FAILED_PRECONDITION"),
                                             HasSubstr("import tensorflow exited with status 1"),
                                             HasSubstr("No module named 'tensorflow'")));
  EXPECT_THAT(Folders(), IsEmpty());
}

TEST_F(RuntimeStoreTest, WhatAKilledInstallerLeftIsRemoved) {
  const std::string left = folder_ + "/mine/0123456789ab";
  ASSERT_TRUE(RealFileSystem().MakeDirectories(left + "/bin").ok());
  const auto store = Open(Entry(""));
  EXPECT_THAT(Folders(), IsEmpty());
}

TEST_F(RuntimeStoreTest, WhatAnInstallerStillWritesStays) {
  const std::string left = folder_ + "/mine/0123456789ab";
  ASSERT_TRUE(RealFileSystem().MakeDirectories(left).ok());
  std::optional<FolderLock> lock = *FolderLock::Try(folder_ + "/mine/lock");
  ASSERT_TRUE(lock.has_value());
  // Inherited by a child, as pip inherits it, the lock outlives the one who took it.

  ProcessSpec spec;
  spec.words = {"sleep", "60"};
  spec.stdin_fd = lock->fd();
  Result<ChildProcess> child = ChildProcess::Start(spec);
  ASSERT_TRUE(child.ok());
  lock.reset();
  const auto store = Open(Entry(""));
  EXPECT_THAT(Folders(), ElementsAre("0123456789ab"));
  // A new installation waits for it, and may be told not to.
  std::vector<std::string> lines;
  const Status stopped = store->Install("mine", "", [&lines](std::string_view line) {
    lines.emplace_back(line);
    return lines.size() < 2;
  });
  EXPECT_EQ(stopped.code(), StatusCode::kCancelled);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("Another installation of runtime mine"), ""));
  ASSERT_TRUE(child->Signal(SIGKILL).ok());
  child->Wait();
  Open(Entry(""));
  EXPECT_THAT(Folders(), IsEmpty());
}

TEST_F(RuntimeStoreTest, AnExistingInterpreterIsThereWithoutInstalling) {
  const auto store = Open("  system: {interpreter: python3}\n  gone: {interpreter: /no/python}\n");
  const std::vector<InstalledRuntime> installed = store->Installed();
  ASSERT_EQ(installed.size(), 1U);
  EXPECT_EQ(installed[0].name, "system");
  EXPECT_EQ(installed[0].interpreter, (*python_)->executable);
  EXPECT_EQ(installed[0].python_version, (*python_)->version);
  EXPECT_EQ(installed[0].digest.size(), 64U);
  EXPECT_EQ(installed[0].digest, store->Installed()[0].digest);
  EXPECT_EQ(Install(*store, "system"), "OK");
  EXPECT_THAT(Install(*store, "gone"),
              AllOf(HasSubstr("FAILED_PRECONDITION"), HasSubstr("/no/python, which is not on")));
}

TEST_F(RuntimeStoreTest, SaysWhatItCannotBuild) {
  const auto store = Open("  far: {python: [\"9.8\", \"9.9\"]}\n");
  EXPECT_THAT(Install(*store, "far"),
              AllOf(HasSubstr("FAILED_PRECONDITION"),
                    HasSubstr("needs Python 9.8 or 9.9 (the first is best), and none is on"),
                    HasSubstr("pyenv install 9.8")));
  EXPECT_THAT(Install(*store, "1.4"), AllOf(HasSubstr("NOT_FOUND"), HasSubstr("1.4")));
}

TEST_F(RuntimeStoreTest, ADamagedRecordIsLeftOutNotRemoved) {
  const std::string left = folder_ + "/mine/0123456789ab";
  ASSERT_TRUE(RealFileSystem().MakeDirectories(left).ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(left + "/runtime.json", "{").ok());
  const auto store = Open(Entry(""));
  EXPECT_THAT(store->Installed(), IsEmpty());
  EXPECT_THAT(Folders(), ElementsAre("0123456789ab"));
}

TEST(RuntimeRecordTest, ReadsAStoredOne) {
  const auto record =
      DecodeRecord(R"({"version":1,"name":"2.19","interpreter":"bin/python","python":"3.11.2",)"
                   R"("digest":"ab12","created":"2018-01-02T03:04:05Z"})");
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->name, "2.19");
  EXPECT_EQ(record->python_version, "3.11.2");
  EXPECT_EQ(DecodeRecord(EncodeRecord(*record))->created, record->created);
  EXPECT_EQ(DecodeRecord(R"({"version":2})").status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(DecodeRecord(R"({"version":1})").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeRecord(R"({"version":1,"name":"a","interpreter":"b","python":"3.1","digest":"c",)"
                         R"("created":"today"})")
                .status()
                .code(),
            StatusCode::kDataLoss);
  EXPECT_EQ(DecodeRecord("[]").status().code(), StatusCode::kDataLoss);
}

TEST(PythonProbeTest, TellsWhatIsNoPython) {
  EXPECT_EQ(ProbePython("/no/python").status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(ProbePython("false").status().message(), HasSubstr("exited with status 1"));
  EXPECT_THAT(ProbePython("echo").status().message(), HasSubstr("does not answer as Python"));
}

void MakeProgram(const std::string& file) {
  ASSERT_TRUE(RealFileSystem().MakeDirectories(ParentPath(file)).ok());
  std::ofstream(file) << "#!/bin/sh\n";
  ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
}

TEST(PythonProbeTest, LooksThroughAbsoluteFoldersOnly) {
  EXPECT_THAT(FindOnPath("sh", ".:/bin::relative:/bin"), ElementsAre("/bin/sh"));
  EXPECT_THAT(FindOnPath("no-such-program", "/bin"), IsEmpty());
}

TEST(PythonProbeTest, FindsThoseOfPyenvTheNewestFirst) {
  const TempDir folder;
  const std::string root = folder / "root";
  const std::string old = root + "/versions/9.8.9/bin/python9.8";
  const std::string newest = root + "/versions/9.8.10/bin/python9.8";
  const std::string at_home = folder / ".pyenv/versions/9.8.1/bin/python9.8";
  for (const std::string& file :
       {old, newest, at_home, root + "/shims/python9.8", root + "/versions/9.81.1/bin/python9.81"})
    MakeProgram(file);
  EXPECT_THAT(PythonCandidates("9.8", {"", folder.path(), ""}), Contains(at_home));
  EXPECT_THAT(PythonCandidates("9.8", {"", "", root}), IsSupersetOf({newest, old}));
  // A shim leads to its pyenv, and is not taken itself.
  const auto by_shim = PythonCandidates("9.8", {root + "/shims", "", ""});
  const auto place = [&](const std::string& file) {
    return std::ranges::find(by_shim, file) - by_shim.begin();
  };
  EXPECT_LT(place(newest), place(old));
  EXPECT_THAT(by_shim, AllOf(Contains(old), Not(Contains(root + "/shims/python9.8"))));
}

// testdata/runtime-v1.json is of an environment that an earlier server built.
TEST(RuntimeRecordTest, ReadsVersion1) {
  const auto text = RealFileSystem().Read(SourceTree() + "/src/runtimes/testdata/runtime-v1.json");
  ASSERT_TRUE(text.ok());
  const Result<RuntimeRecord> record = DecodeRecord(*text);
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->name, "2.19");
  EXPECT_EQ(record->interpreter, "bin/python");
  EXPECT_EQ(record->python_version, "3.11.7");
  EXPECT_EQ(record->digest.substr(0, 12), "1f6ad65d27d8");
  EXPECT_EQ(FormatTimeSeconds(record->created), "2026-11-24T07:56:26Z");
}

}  // namespace
}  // namespace mlengine::runtimes
