#include "cli/package.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "cli/source_archive.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PackageTest : public testing::Test {
 protected:
  PackageTest() {
    Write("src/trainer/__init__.py", "");
    Write("src/trainer/task.py", "print(1)\n");
    Write("src/trainer/data/words.txt", "yes\n");
    Write("src/trainer/__pycache__/task.pyc", "x");
    EXPECT_TRUE(RealFileSystem().MakeDirectories(dir_ / "out").ok());
    EXPECT_TRUE(RealFileSystem().MakeDirectories(dir_ / "out2").ok());
  }
  void Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(RealFileSystem().MakeDirectories(ParentPath(dir_ / name)).ok());
    EXPECT_TRUE(RealFileSystem().WriteAtomic(dir_ / name, text).ok());
  }
  std::vector<std::string> Names(const std::string& archive) {
    std::vector<std::string> out;
    const auto files = UnpackArchive(archive);
    if (files.ok()) {
      for (const auto& [name, file] : *files) out.push_back(name);
    }
    return out;
  }
  TempDir dir_;
};

TEST_F(PackageTest, WithoutSetupTheArchiveIsMadeHere) {
  const auto built = BuildPackage(dir_ / "src/trainer/", "python3", dir_ / "out");
  ASSERT_TRUE(built.ok()) << built.status().ToString();
  EXPECT_EQ(built->front(), dir_ / "out/trainer-0.0.0.tar.gz");
  EXPECT_THAT(Names(built->front()),
              ElementsAre("trainer-0.0.0/PKG-INFO", "trainer-0.0.0/setup.py",
                          "trainer-0.0.0/trainer/__init__.py",
                          "trainer-0.0.0/trainer/data/words.txt", "trainer-0.0.0/trainer/task.py"));
  EXPECT_THAT(*RealFileSystem().List(dir_ / "src"), ElementsAre("trainer"));
}

TEST_F(PackageTest, TheSameCodeGivesTheSameHash) {
  const auto first = BuildPackage(dir_ / "src/trainer", "python3", dir_ / "out");
  Write("src/trainer/task.py", "print(1)\n");  // another time of change
  const auto second = BuildPackage(dir_ / "src/trainer", "python3", dir_ / "out2");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*HashOfFiles(*first), *HashOfFiles(*second));
  Write("src/trainer/task.py", "print(2)\n");
  const auto third = BuildPackage(dir_ / "src/trainer", "python3", dir_ / "out");
  EXPECT_NE(*HashOfFiles(*second), *HashOfFiles(*third));
}

TEST_F(PackageTest, ASetupPyBuildsACopyAndTheHashIsSteady) {
  Write("src/setup.py",
        "from setuptools import setup\nsetup(name='mine', version='1.2', packages=['trainer'])\n");
  const auto first = BuildPackage(dir_ / "src/trainer", "python3", dir_ / "out");
  const auto second = BuildPackage(dir_ / "src/trainer", "python3", dir_ / "out2");
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first->front(), dir_ / "out/mine-1.2.tar.gz");
  EXPECT_EQ(*HashOfFiles(*first), *HashOfFiles(*second));
  EXPECT_THAT(*RealFileSystem().List(dir_ / "src"), ElementsAre("setup.py", "trainer"));
}

TEST_F(PackageTest, FailuresAreExplained) {
  EXPECT_THAT(BuildPackage(dir_ / "none", "python3", dir_ / "out").status().message(),
              HasSubstr("not a valid directory"));
  EXPECT_THAT(BuildPackage(dir_ / "src", "python3", dir_ / "out").status().message(),
              HasSubstr("`__init__.py`"));
  Write("src/setup.py", "raise SystemExit('boom')\n");
  EXPECT_THAT(BuildPackage(dir_ / "src/trainer", "python3", dir_ / "out").status().message(),
              HasSubstr("boom"));
}

TEST_F(PackageTest, WhatIsStagedIsNotSentAgain) {
  FakeRun run;
  std::string stored;
  run.server.answer = [&](const net::ClientRequest& request) {
    if (request.method == "GET") {
      return stored.empty() ? JsonAnswer("{}", 404)
                            : JsonAnswer(R"({"size":")" + std::to_string(stored.size()) + "\"}");
    }
    if (request.target.rfind("/upload/", 0) != 0) return JsonAnswer(R"({"jobId":"j"})");
    stored = request.body;
    return JsonAnswer(R"({"size":")" + std::to_string(stored.size()) + "\"}");
  };
  const std::vector<std::string> words = {"jobs",
                                          "submit",
                                          "training",
                                          "j",
                                          "--package-path",
                                          dir_ / "src/trainer",
                                          "--job-dir=gs://b/d/"};
  EXPECT_EQ(run.Run(words), 0) << run.err.str();
  EXPECT_THAT(run.server.calls.at(1).target,
              HasSubstr("/upload/storage/v1/b/b/o?uploadType=media&name=d%2Fpackages%2F"));
  EXPECT_EQ(run.server.calls.size(), 4U);  // looked, sent, submitted, asked for the price
  EXPECT_EQ(run.Run(words), 0);
  EXPECT_EQ(run.server.calls.size(), 7U);
  EXPECT_THAT(run.err.str(), HasSubstr("Already staged, not sent again: trainer-0.0.0.tar.gz"));
}

}  // namespace
}  // namespace mlengine::cli
