#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/process_family.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Parse, FlagsInEveryFormAndUserArgs) {
  const Parsed parsed =
      Parse({"ml-engine", "jobs", "submit", "training", "j", "--labels", "a=1,b=x=y", "--region=r",
             "--labels=c=", "--stream-logs", "--", "--epochs", "3"});
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.invocation.DottedName(), "mlengine.jobs.submit.training");
  EXPECT_THAT(parsed.invocation.Pairs("labels"),
              ElementsAre(Pair("a", "1"), Pair("b", "x=y"), Pair("c", "")));
  EXPECT_EQ(parsed.invocation.Text("region"), "r");
  EXPECT_TRUE(parsed.invocation.Has("stream-logs"));
  EXPECT_THAT(parsed.invocation.user_args, ElementsAre("--epochs", "3"));
}

struct BadLine {
  std::vector<std::string> words;
  std::string error;
};

TEST(Parse, ErrorsSayWhatAndWhatToDo) {
  const BadLine lines[] = {
      {{"jobs", "lst"}, "there is no command `jobs lst`. Did you mean `list`?"},
      {{"jobs", "describe", "j", "--fromat=json"}, "--fromat. Did you mean `--format`?"},
      {{"jobs", "submit", "training"}, "argument JOB: Must be specified."},
      {{"local", "train"}, "argument --module-name: Must be specified."},
      {{"local", "train", "--module-name", "m", "--worker-count=x"},
       "--worker-count: invalid int value: 'x'"},
      {{"jobs", "submit", "training", "j", "--scale-tier=huge"}, "invalid choice: 'huge'"},
      {{"jobs", "submit", "training", "j", "--labels=a"}, "bad syntax for dict arg: [a]"},
      {{"jobs", "submit", "training", "j", "--region"}, "--region: expected one argument"},
      {{"jobs", "describe", "j", "k"}, "unrecognized argument: k"},
      {{"jobs", "describe", "j", "--quiet=yes"}, "takes no value"},
      {{"jobs", "list", "--limit=0"}, "--limit: Value must be greater than or equal to 1"},
      {{"jobs", "describe", ""}, "argument JOB: Must be specified."},
      {{"jobs", "list", "--project="}, "argument --project: is empty."},
      {{"jobs", "submit", "training", "j", "--format=foo"}, "`foo` is not known. Use json"},
      {{"--format=table", "jobs", "describe", "j"}, "`table` is not known. Use json"},
      {{"jobs", "list", "--format=value"}, "`value` is not known. Use table, json"},
      {{"jobs", "list", "--verbosity=debug"}, "unrecognized argument: --verbosity"},
      {{"alpha", "jobs", "list"}, "there is no command `alpha`"}};
  for (const BadLine& line : lines) {
    FakeRun run;
    EXPECT_EQ(run.Run(line.words), kExitUsage);
    EXPECT_THAT(run.err.str(), HasSubstr(line.error));
  }
}

TEST(Parse, WhatIsTypedForGcloudIsUnderstood) {
  const std::vector<std::vector<std::string>> lines = {
      {"ml-engine", "jobs", "list"},
      {"beta", "ai-platform", "jobs", "list"},
      {"--project", "p", "ml-engine", "jobs", "list"},
      {"--quiet", "--account=a", "beta", "ml-engine", "jobs", "list", "--verbosity", "debug"}};
  for (const auto& words : lines) {
    const Parsed parsed = Parse(words);
    ASSERT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.invocation.DottedName(), "mlengine.jobs.list");
  }
}

TEST(Parse, VersionIsAnsweredBehindACommandToo) {
  EXPECT_TRUE(Parse({"jobs", "list", "--version"}).wants_version);
  EXPECT_TRUE(Parse({"-v"}).wants_version);
  const Parsed own = Parse({"predict", "--model", "m", "--version", "v1"});
  EXPECT_FALSE(own.wants_version);
  EXPECT_EQ(own.invocation.Text("version"), "v1") << own.error;
}

TEST(Parse, ChoicesComeOutInOneSpelling) {
  EXPECT_EQ(Parse({"jobs", "submit", "training", "j", "--scale-tier=STANDARD_1"})
                .invocation.Text("scale-tier"),
            "standard-1");
}

TEST(Help, EveryCommandHasUsageExampleAndManPage) {
  for (const Command& command : AllCommands()) {
    ASSERT_FALSE(command.examples.empty()) << command.path;
    EXPECT_THAT(CommandHelp(command), HasSubstr("EXAMPLES\n  $ ")) << command.path;
    EXPECT_THAT(CommandMan(command), HasSubstr(".SH EXAMPLES")) << command.path;
    // Every example that is a plain call is understood by the parser itself.
    std::vector<std::string> words;
    std::istringstream text{std::string(command.examples.front())};
    for (std::string word; text >> word && word != "|";) words.push_back(word);
    if (words[0] != "mlengine" || command.pass_through) continue;
    words.erase(words.begin());
    EXPECT_EQ(Parse(words).error, "") << command.examples.front();
  }
}

TEST(Completion, ScriptsAreValid) {
  const TempDir dir;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    if (std::system(("command -v " + shell + " >/dev/null").c_str()) != 0) continue;
    const std::string file = dir / shell;
    ASSERT_TRUE(RealFileSystem().WriteAtomic(file, CompletionScript(shell)).ok());
    EXPECT_EQ(std::system((shell + " -n " + file).c_str()), 0);
  }
  EXPECT_THAT(CompletionScript("fish"), HasSubstr("complete -c mlengine"));
  EXPECT_EQ(CompletionScript("tcsh"), "");
}

// What bash offers behind `line`, whose words stand as bash breaks them.
std::string Completed(const std::string& line) {
  LocalProcess shell;
  shell.words = {"bash", "-c",
                 CompletionScript("bash") + "\nCOMP_WORDS=(mlengine " + line +
                     "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _mlengine; echo "
                     "\"${COMPREPLY[@]}\""};
  const auto out = OutputOf(shell, true);
  return out.ok() ? *out : out.status().ToString();
}

TEST(Completion, BashKnowsCommandsFlagsAndValues) {
  EXPECT_EQ(Completed("jobs submit training j --sca"), "--scale-tier\n");
  EXPECT_EQ(Completed("jobs submit training j --scale-tier = basic-g"), "basic-gpu\n");
  EXPECT_EQ(Completed("--project x jobs li"), "list\n");
  EXPECT_EQ(Completed("jobs list --format js"), "json\n");
  EXPECT_EQ(Completed("completion ''"), "bash fish zsh\n");
  EXPECT_EQ(Completed("jobs submit training j --package-path tr"), "\n");  // bash offers files
}

TEST(GcloudEnv, EvalIsSafeWhateverTheValues) {
  FakeRun run;
  run.environment["MLENGINE_PROJECT"] = "p'$(touch /tmp/never)`id`\"; exit 3 #\\";
  run.environment["NO_PROXY"] = "example.com";
  ASSERT_EQ(run.Run({"gcloud-env", "--endpoint=http://127.0.0.1:8650/"}), 0);
  LocalProcess shell;
  shell.words = {"sh", "-c",
                 "eval \"$LINES_\"; printf '%s|%s|%s' \"$CLOUDSDK_CORE_PROJECT\" \"$NO_PROXY\" "
                 "\"$CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE\""};
  shell.environment = {{"LINES_", run.out.str()}};
  const auto out = OutputOf(shell, true);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(*out, run.environment["MLENGINE_PROJECT"] +
                      "|example.com,127.0.0.1,localhost|http://127.0.0.1:8650/storage/v1/");
}

TEST(GcloudEnv, UnsetUndoesWhatWasSet) {
  FakeRun run;
  ASSERT_EQ(run.Run({"gcloud-env", "--unset"}), 0);
  EXPECT_THAT(run.out.str(), HasSubstr("unset CLOUDSDK_CORE_PROJECT\n"));
  EXPECT_THAT(run.out.str(), HasSubstr("unset GCS_APPEND_MODE\n"));
  EXPECT_THAT(run.out.str(), testing::Not(HasSubstr("PROXY")));
}

TEST(App, NoServerEndsWith69AndSaysHowToStartOne) {
  FakeRun run;
  run.server.answer = [](const auto&) { return UnavailableError("refused"); };
  EXPECT_EQ(run.Run({"jobs", "list"}), kExitNoServer);
  EXPECT_EQ(run.err.str(),
            "ERROR: (mlengine.jobs.list) no server at http://h:1; start it with `mlengine server "
            "--detach`\n");
}

TEST(Settings, ADataFolderWithoutAServerIsNotAnothersServer) {
  const TempDir dir;
  FakeRun run;
  run.environment = {{"MLENGINE_DATA_DIR", dir.path()}};
  EXPECT_EQ(run.Run({"jobs", "list"}), kExitNoServer);
  EXPECT_THAT(run.err.str(), HasSubstr("no server has the data folder " + dir.path()));
}

TEST(Settings, ConfigFileAndTheRunningServerAreFound) {
  const TempDir dir;
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir / "mlengine").ok());
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir / "data/run").ok());
  ASSERT_TRUE(
      RealFileSystem().WriteAtomic(dir / "mlengine/config.yaml", "project: fromfile\n").ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "data/run/endpoint", "http://127.0.0.1:9\n").ok());
  FakeRun run;
  run.environment = {{"XDG_CONFIG_HOME", dir.path()}, {"MLENGINE_DATA_DIR", dir / "data"}};
  ASSERT_EQ(run.Run({"gcloud-env"}), 0);
  EXPECT_THAT(run.out.str(), HasSubstr("MLENGINE_PROJECT='fromfile'"));
  EXPECT_THAT(run.out.str(), HasSubstr("MLENGINE_ENDPOINT='http://127.0.0.1:9'"));
}

}  // namespace
}  // namespace mlengine::cli
