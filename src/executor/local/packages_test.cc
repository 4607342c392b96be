// Packages good and bad, through the real runner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "executor/testing/local_replicas.h"

namespace mlengine::executor {
namespace {

using ::testing::HasSubstr;
using PackagesTest = LocalReplicas;

const runner::v1::Phase& PhaseOf(const StatusRecord& record, const std::string& name) {
  for (const auto& phase : record.phases()) {
    if (phase.name() == name) return phase;
  }
  return runner::v1::Phase::default_instance();
}

// Builds its one wheel itself: a build step without any other distribution.
constexpr char kBackend[] = R"py(
import os, zipfile
def build_wheel(directory, settings=None, metadata=None):
    if os.path.exists('fail'):
        raise RuntimeError('the build step says no')
    name = 'trainer-1.0-py3-none-any.whl'
    info = 'trainer-1.0.dist-info/'
    with zipfile.ZipFile(os.path.join(directory, name), 'w') as z:
        z.writestr('trainer/__init__.py', '')
        z.writestr('trainer/task.py', open('task.in').read())
        z.writestr(info + 'METADATA', 'Metadata-Version: 2.1\nName: trainer\nVersion: 1.0\n')
        z.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        z.writestr(info + 'RECORD', '')
    return name
)py";
constexpr char kProject[] =
    "[build-system]\nrequires = []\nbuild-backend = \"own\"\nbackend-path = [\".\"]\n";

TEST_F(PackagesTest, ASecondRunReusesTheUnpackedPackage) {
  const std::string package = MakeTrainer("print('ran')");
  EXPECT_EQ(PhaseOf(RunToEnd(Spec("first", {package})), "staging").detail(), "unpacked");
  const LaunchSpec again = Spec("second", {package});
  EXPECT_EQ(PhaseOf(RunToEnd(again), "staging").detail(), "reused: packages");
  EXPECT_EQ(Stdout(again), "ran\n");
}

TEST_F(PackagesTest, AClusterWhoseReplicasDoNotShareTheWorkIsWarnedOnce) {
  const auto warnings = [&](const std::string& job, const std::string& source, int replicas) {
    LaunchSpec spec = Spec(job, {MakeTrainer(source)});
    spec.set_replica_count(replicas);
    spec.set_others_price("2.74 USD/h");
    int count = 0;
    const StatusRecord record = RunToEnd(spec);
    for (const auto& note : record.notes())
      count +=
          note.message().find("7 of them are not needed and cost 2.74 USD/h") != std::string::npos
              ? 1
              : 0;
    return count;
  };
  EXPECT_EQ(warnings("wasted", "print('all of it')", 8), 1);
  EXPECT_EQ(warnings("single", "print('all of it')", 1), 0);
  EXPECT_EQ(warnings("shared", "import os; os.environ.get('TF_CONFIG')", 8), 0);
}

TEST_F(PackagesTest, SeveralPackagesAreSeenTogether) {
  const std::string library = MakePackage("library", {{"library.py", "word = 'from library'"}});
  const LaunchSpec spec =
      Spec("several", {MakeTrainer("import library; print(library.word)"), library});
  EXPECT_EQ(RunToEnd(spec).exit().exit_code(), 0);
  EXPECT_EQ(Stdout(spec), "from library\n");
}

TEST_F(PackagesTest, ARequirementThatTheRuntimeMeetsNeedsNoPip) {
  const std::string package =
      MakePackage("trainer", {{"setup.py", "setup(install_requires=['setuptools'])"},
                              {"trainer/__init__.py", ""},
                              {"trainer/task.py", "print('ran')"},
                              {"trainer.egg-info/requires.txt", "setuptools>=1.0\n"},
                              {"trainer.egg-info/top_level.txt", "trainer\n"}});
  const StatusRecord record = RunToEnd(Spec("met", {package}));
  EXPECT_EQ(record.exit().exit_code(), 0);
  EXPECT_EQ(PhaseOf(record, "environment").detail(), "the runtime as it is");
}

TEST_F(PackagesTest, APackageWithABuildStepIsInstalledOnce) {
  const std::string package =
      MakePackage("trainer", {{"pyproject.toml", kProject},
                              {"own.py", kBackend},
                              {"task.in", "import sys; print('built', sys.prefix)"}});
  LaunchSpec spec = Spec("built", {package});
  (*spec.mutable_environment())["PIP_NO_INDEX"] = "1";
  const StatusRecord record = RunToEnd(spec);
  ASSERT_EQ(record.step(), StatusRecord::EXITED)
      << record.error().message() << record.error().evidence();
  EXPECT_EQ(record.exit().exit_code(), 0) << Stderr(spec);
  EXPECT_THAT(Stdout(spec), ::testing::StartsWith("built " + (dir_ / "cache/overlays/")));
  EXPECT_EQ(PhaseOf(record, "environment").detail(),
            "installed: trainer-1.0.tar.gz: it has a pyproject.toml");

  LaunchSpec again = Spec("again", {package});
  EXPECT_THAT(PhaseOf(RunToEnd(again), "environment").detail(),
              ::testing::StartsWith("reused: environment"));
  EXPECT_EQ(Stdout(again), Stdout(spec));
}

TEST_F(PackagesTest, AFailedInstallationGivesPipsLastWords) {
  const std::string package = MakePackage(
      "trainer",
      {{"pyproject.toml", kProject}, {"own.py", kBackend}, {"task.in", ""}, {"fail", ""}});
  const StatusRecord record = RunToEnd(Spec("unbuilt", {package}));
  EXPECT_EQ(record.step(), StatusRecord::NOT_STARTED);
  EXPECT_THAT(record.error().message(),
              HasSubstr("The packages trainer-1.0.tar.gz cannot be installed: "));
  EXPECT_THAT(record.error().evidence(), HasSubstr("the build step says no"));
}

TEST_F(PackagesTest, AStopWhilePipRunsStartsNothing) {
  const std::string package = MakePackage(
      "trainer", {{"pyproject.toml", kProject},
                  {"own.py",
                   "import os, time\nopen(os.environ['TMPDIR'] + '/pid', 'w').write(str("
                   "os.getpid()))\ntime.sleep(1000)\n"},
                  {"task.in", ""}});
  const LaunchSpec spec = Spec("halfway", {package});
  const ReplicaId id = Launch(spec);
  AwaitStep(id, StatusRecord::ENVIRONMENT);
  ASSERT_TRUE(executor_->Stop(id).ok());
  const ReplicaStatus seen = AwaitGone(id);
  EXPECT_EQ(seen.record->step(), StatusRecord::NOT_STARTED);
  EXPECT_EQ(seen.record->error().code(), static_cast<int>(StatusCode::kCancelled));
  EXPECT_EQ(Stdout(spec), "(none)");
}

class BadPackagesTest : public LocalReplicas {
 protected:
  // Runs the spec and returns why it was not started.
  std::string WhyNot(const LaunchSpec& spec) {
    const StatusRecord record = RunToEnd(spec);
    EXPECT_EQ(record.step(), StatusRecord::NOT_STARTED);
    EXPECT_EQ(Stdout(spec), "(none)");
    EXPECT_FALSE(RealFileSystem().Stat(spec.replica_dir() + "/lease-0").ok());
    return record.error().message();
  }
};

TEST_F(BadPackagesTest, AMissingFile) {
  EXPECT_THAT(WhyNot(Spec("missing", {dir_ / "none-1.0.tar.gz"})),
              HasSubstr("The package gs://bucket/none-1.0.tar.gz cannot be read: "));
}

TEST_F(BadPackagesTest, BytesThatAreNoArchive) {
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "t-1.0.tar.gz", "hello").ok());
  EXPECT_THAT(WhyNot(Spec("text", {dir_ / "t-1.0.tar.gz"})),
              HasSubstr("The package t-1.0.tar.gz cannot be unpacked: "));
}

TEST_F(BadPackagesTest, AnotherKindOfFile) {
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "t.egg", "hello").ok());
  EXPECT_THAT(WhyNot(Spec("egg", {dir_ / "t.egg"})), HasSubstr("t.egg is no Python package"));
}

TEST_F(BadPackagesTest, DamagedBytes) {
  const std::string package = MakeTrainer("print('ran')");
  LaunchSpec spec = Spec("crc", {package});
  spec.mutable_packages(0)->set_crc32c("AAAAAA==");
  EXPECT_THAT(WhyNot(spec), HasSubstr("The package gs://bucket/trainer-1.0.tar.gz is damaged: "));
  LaunchSpec right = Spec("right", {package});
  right.mutable_packages(0)->set_crc32c(
      EncodeCrc32c(ExtendCrc32c(0, *RealFileSystem().Read(package))));
  EXPECT_EQ(RunToEnd(right).exit().exit_code(), 0);
}

TEST_F(BadPackagesTest, APathThatLeadsOut) {
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir_ / "evil", "x").ok());
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir_ / "inside").ok());
  const std::string archive = dir_ / "t-1.0.tar.gz";
  Run({"tar", "-C", dir_ / "inside", "-P", "-czf", archive, "../evil"});
  EXPECT_THAT(WhyNot(Spec("escape", {archive})), HasSubstr("leads out of the package"));
}

}  // namespace
}  // namespace mlengine::executor
