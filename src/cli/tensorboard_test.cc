#include "cli/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kFolders[] = R"([
  {"name":"","folder":"gs://b/j","files":1,"localFolder":"/d/b/j"},
  {"name":"logs","folder":"gs://b/logs","files":0},
  {"name":"master-replica-0","folder":"/d/work","files":2,"localFolder":"/d/work"},
  {"name":"worker-replica-0","folder":"/gone","files":2,"localFolder":"/gone"}])";

std::vector<LogFolder> Chosen(bool reads_buckets) {
  const boost::json::value folders = boost::json::parse(kFolders);
  return ChooseFolders("j", folders.as_array(), reads_buckets,
                       [](const std::string& folder) { return folder != "/gone"; });
}

TEST(TensorboardTest, PlainFilesWhereTheyAreHereElseTheBucket) {
  for (const bool reads_buckets : {false, true}) {
    EXPECT_THAT(Chosen(reads_buckets),
                ElementsAre(LogFolder{"j", "/d/b/j"}, LogFolder{"j/master-replica-0", "/d/work"}));
  }
  const boost::json::value folders = boost::json::parse(kFolders);
  const auto nothing_is_here = [](const std::string&) { return false; };
  EXPECT_THAT(ChooseFolders("j", folders.as_array(), true, nothing_is_here),
              ElementsAre(LogFolder{"j", "gs://b/j"}));
  EXPECT_THAT(ChooseFolders("j", folders.as_array(), false, nothing_is_here), ElementsAre());
}

TEST(TensorboardTest, OneFolderOrSeveralWithNames) {
  EXPECT_EQ(LogdirFlag({{"j", "gs://b/j"}}), "--logdir=gs://b/j");
  EXPECT_EQ(LogdirFlag({{"j", "gs://b/j"}, {"k/a:b", "/d/k"}}),
            "--logdir_spec=j:gs://b/j,k/a_b:/d/k");
}

TEST(TensorboardTest, SaysHowToInstallIt) {
  FakeRun run;
  run.environment["PATH"] = "/nowhere";
  run.server.answer = [](const net::ClientRequest&) { return JsonAnswer("{}"); };
  EXPECT_EQ(run.Run({"tensorboard", "j"}), 1);
  EXPECT_THAT(run.err.str(), HasSubstr("python3 -m pip install tensorboard"));
  EXPECT_EQ(run.Run({"tensorboard"}), 2);
}

}  // namespace
}  // namespace mlengine::cli
