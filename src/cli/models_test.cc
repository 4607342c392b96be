// mlengine models, versions and operations against a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ModelsTest : public testing::Test {
 protected:
  // One answer per call; the last one again and again.
  void Answer(std::vector<std::string> bodies) {
    run_.server.answer = [bodies = std::move(bodies), this](const net::ClientRequest&) {
      const std::size_t at = std::min(run_.server.calls.size(), bodies.size()) - 1;
      return JsonAnswer(bodies[at]);
    };
  }
  std::vector<std::string> Calls() {
    std::vector<std::string> calls;
    for (const net::ClientRequest& call : run_.server.calls)
      calls.push_back(call.method + " " + call.target);
    return calls;
  }
  FakeRun run_;
};

TEST_F(ModelsTest, CreateSendsTheShortNameAndPrintsTheFullOne) {
  Answer({R"({"name":"projects/p/models/m"})"});
  EXPECT_EQ(run_.Run({"models", "create", "m", "--regions=us-east1", "--enable-logging",
                      "--labels=a=b", "--region=global"}),
            0);
  EXPECT_EQ(run_.server.calls[0].body,
            R"({"name":"m","regions":["us-east1"],"onlinePredictionLogging":true,)"
            R"("labels":{"a":"b"}})");
  EXPECT_EQ(run_.err.str(), "Created ml engine model [projects/p/models/m].\n");
}

TEST_F(ModelsTest, PredictionsMayHaveNumbersThatPythonHasWordsFor) {
  const TempDir dir;
  const std::string lines = dir / "lines.json";
  ASSERT_TRUE(RealFileSystem().WriteAtomic(lines, "[1]\n").ok());
  Answer({R"({"predictions": [{"a": NaN, "b": [-Infinity, 0.5], "s": "NaN \"Infinity"}]})"});
  EXPECT_EQ(run_.Run({"predict", "--model=m", "--json-instances=" + lines, "--format=json"}), 0);
  EXPECT_EQ(run_.out.str(),
            "[\n  {\n    \"a\": NaN,\n    \"b\": [\n      -Infinity,\n      0.5\n    ],\n"
            "    \"s\": \"NaN \\\"Infinity\"\n  }\n]\n");
  run_.out.str("");
  EXPECT_EQ(run_.Run({"predict", "--model=m", "--json-instances=" + lines, "--format=yaml"}), 0);
  EXPECT_THAT(run_.out.str(), HasSubstr("a: .nan"));
  EXPECT_THAT(run_.out.str(), HasSubstr("- -.inf"));
  Answer({R"({"predictions": [NaNa]})"});
  EXPECT_EQ(run_.Run({"predict", "--model=m", "--json-instances=" + lines}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("is not JSON"));
}

TEST_F(ModelsTest, ListsPrintGcloudsTables) {
  Answer({R"({"models":[{"name":"projects/p/models/a"},{"name":"projects/p/models/bb",
      "defaultVersion":{"name":"projects/p/models/bb/versions/v1"}}]})"});
  EXPECT_EQ(run_.Run({"models", "list"}), 0);
  EXPECT_EQ(run_.out.str(),
            "NAME  DEFAULT_VERSION_NAME\n"
            "a\n"
            "bb    v1\n");
  run_.out.str("");
  Answer({"", R"({"versions":[{"name":"projects/p/models/m/versions/v1",
      "deploymentUri":"gs://b/m","state":"READY"}]})"});
  EXPECT_EQ(run_.Run({"versions", "list", "--model=m"}), 0);
  EXPECT_EQ(run_.out.str(),
            "NAME  DEPLOYMENT_URI  STATE\n"
            "v1    gs://b/m        READY\n");
  run_.out.str("");
  Answer({"", "", R"({"operations":[{"name":"projects/p/operations/o","done":true,
      "metadata":{"operationType":"CREATE_VERSION"}}]})"});
  EXPECT_EQ(run_.Run({"operations", "list"}), 0);
  EXPECT_EQ(run_.out.str(),
            "NAME  OPERATION_TYPE  DONE\n"
            "o     CREATE_VERSION  True\n");
}

TEST_F(ModelsTest, VersionsCreateWaitsForItsOperation) {
  Answer({R"({"name":"projects/p/operations/o"})", R"({"name":"projects/p/operations/o"})",
          R"({"name":"projects/p/operations/o","done":true,"response":{"name":"v"}})"});
  EXPECT_EQ(run_.Run({"versions", "create", "v1", "--model=m", "--origin=gs://b/m",
                      "--runtime-version=1.15", "--framework=scikit-learn"}),
            0);
  EXPECT_THAT(Calls(),
              ElementsAre("POST /v1/projects/p/models/m/versions",
                          "GET /v1/projects/p/operations/o", "GET /v1/projects/p/operations/o"));
  EXPECT_EQ(run_.server.calls[0].body,
            R"({"name":"v1","runtimeVersion":"1.15","framework":"SCIKIT_LEARN",)"
            R"("deploymentUri":"gs://b/m"})");
  EXPECT_EQ(run_.slept, std::chrono::milliseconds(300));
  EXPECT_EQ(run_.err.str(), "Created version [v1] of model [m].\n");
}

TEST_F(ModelsTest, AFailedOperationIsAnError) {
  Answer({R"({"name":"projects/p/operations/o","done":true,)"
          R"("error":{"code":3,"message":"Create Version failed. Bad model"}})"});
  EXPECT_EQ(run_.Run({"versions", "create", "v1", "--model=m", "--origin=gs://b/m"}), 1);
  EXPECT_THAT(run_.err.str(),
              HasSubstr("ERROR: (mlengine.versions.create) INVALID_ARGUMENT: Create Version "
                        "failed. Bad model"));
}

TEST_F(ModelsTest, ALocalOriginNeedsABucketAndFiles) {
  const TempDir dir;
  EXPECT_EQ(run_.Run({"versions", "create", "v", "--model=m", "--origin", dir.path()}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("--staging-bucket must be given as well"));
  EXPECT_EQ(run_.Run({"versions", "create", "v", "--model=m", "--origin", dir.path(),
                      "--staging-bucket=gs://b"}),
            1);
  EXPECT_THAT(run_.err.str(), HasSubstr("holds no files"));
  EXPECT_EQ(run_.Run({"versions", "create", "v", "--model=m"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("Either `--origin` must be provided"));
  EXPECT_TRUE(run_.server.calls.empty());
}

TEST_F(ModelsTest, AConfigFileGivesWhatNoFlagDoes) {
  const TempDir dir;
  ASSERT_TRUE(RealFileSystem()
                  .WriteAtomic(dir / "v.yaml",
                               "deploymentUri: gs://b/m\nautoScaling:\n  minNodes: 2\n"
                               "description: from the file\n")
                  .ok());
  Answer({R"({"name":"projects/p/operations/o","done":true})"});
  EXPECT_EQ(run_.Run({"versions", "create", "v", "--model=m", "--config", dir / "v.yaml",
                      "--description=from the flag"}),
            0);
  EXPECT_EQ(boost::json::parse(run_.server.calls[0].body),
            boost::json::parse(R"({"deploymentUri":"gs://b/m","autoScaling":{"minNodes":2},
                "description":"from the flag","name":"v"})"));
}

TEST_F(ModelsTest, UpdatesSendWhatChangesWithTheEtag) {
  Answer({R"({"name":"n","etag":"AAAA","labels":{"a":"b","c":"d"}})",
          R"({"name":"projects/p/operations/o","done":true,"response":{}})"});
  EXPECT_EQ(run_.Run({"models", "update", "m", "--description=new", "--update-labels=x=y",
                      "--remove-labels=c"}),
            0);
  EXPECT_EQ(Calls()[1], "PATCH /v1/projects/p/models/m?updateMask=description,labels");
  EXPECT_EQ(run_.server.calls[1].body,
            R"({"description":"new","labels":{"a":"b","x":"y"},"etag":"AAAA"})");
  EXPECT_EQ(run_.Run({"models", "update", "m"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("nothing to change"));
}

TEST_F(ModelsTest, DeleteSetDefaultAndOperations) {
  Answer({R"({"name":"projects/p/operations/o","done":true,"response":{}})"});
  EXPECT_EQ(run_.Run({"versions", "set-default", "v", "--model=projects/p/models/m"}), 0);
  EXPECT_EQ(run_.Run({"versions", "delete", "v", "--model=m"}), 0);
  EXPECT_EQ(run_.Run({"models", "delete", "m"}), 0);
  EXPECT_EQ(run_.Run({"operations", "cancel", "projects/p/operations/o"}), 0);
  EXPECT_EQ(run_.Run({"operations", "wait", "o"}), 0);
  EXPECT_THAT(
      Calls(),
      ElementsAre("POST /v1/projects/p/models/m/versions/v:setDefault",
                  "DELETE /v1/projects/p/models/m/versions/v", "DELETE /v1/projects/p/models/m",
                  "POST /v1/projects/p/operations/o:cancel", "GET /v1/projects/p/operations/o"));
}

TEST_F(ModelsTest, APolicyFileIsSentWithItsMask) {
  const TempDir dir;
  ASSERT_TRUE(RealFileSystem()
                  .WriteAtomic(dir / "p.json",
                               R"({"bindings":[{"role":"roles/viewer","members":["allUsers"]}],)"
                               R"("etag":"ACAB"})")
                  .ok());
  Answer({R"({"etag":"AAAA"})"});
  EXPECT_EQ(run_.Run({"models", "set-iam-policy", "m", dir / "p.json"}), 0);
  EXPECT_EQ(boost::json::parse(run_.server.calls[0].body).at("updateMask"), "bindings,etag");
  EXPECT_EQ(run_.out.str(), "etag: AAAA\n");
}

constexpr char kServing[] = R"({"model":"m","defaultVersion":"v1","settings":{"traffic":[
    {"version":"v2","percent":10}],"separateRuns":false,"requestLogging":{"folder":"gs://b/kept",
    "samplePercent":5}},"versions":[
    {"version":"v1","state":"READY","isDefault":true,"processes":[{"pid":7,"memoryBytes":"104857600",
     "requests":1},{"pid":8,"memoryBytes":"52428800","requests":0}],"totals":{"answered":"90",
     "refused":"1","unavailable":"2"},"latency":{"p50":0.0021,"p95":0.01,"p99":0.5},
     "batches":{"meanInstances":3.25}},
    {"version":"v2","state":"CREATING","isDefault":false,"processes":[],"totals":{"answered":"0"},
     "latency":{"p50":0,"p95":0,"p99":0},"batches":{"meanInstances":0}}]})";

TEST_F(ModelsTest, ServingPrintsWhatVersionsAreAskedAndHowFastTheyAnswer) {
  Answer({kServing});
  EXPECT_EQ(run_.Run({"models", "serving", "m"}), 0);
  EXPECT_THAT(Calls(), ElementsAre("GET /mlengine/v1/projects/p/models/m/serving"));
  EXPECT_EQ(
      run_.out.str(),
      "VERSION  STATE     TRAFFIC  PROCESSES  MEMORY   REQUESTS  ERRORS  P50_MS  P95_MS  P99_MS"
      "  INSTANCES_PER_RUN\n"
      "v1       READY     90%      2          150 MiB  93        3       2.10    10.00   500.00"
      "  3.2\n"
      "v2       CREATING  10%      0          0 MiB    0         0       -       -       -"
      "       -\n");
  EXPECT_EQ(run_.err.str(), "Of all requests 5% are kept in [gs://b/kept].\n");
}

TEST_F(ModelsTest, SetServingSendsWhatChanges) {
  Answer({kServing});
  EXPECT_EQ(run_.Run({"models", "set-serving", "m", "--traffic=v2=10,v3=5",
                      "--log-requests-to=gs://b/kept", "--log-sample=2.5", "--separate-runs"}),
            0);
  EXPECT_EQ(run_.server.calls[0].method, "PATCH");
  EXPECT_EQ(
      run_.server.calls[0].body,
      R"({"traffic":[{"version":"v2","percent":10},{"version":"v3","percent":5}],)"
      R"("requestLogging":{"folder":"gs://b/kept","samplePercent":2.5E0},"separateRuns":true})");
  EXPECT_EQ(run_.Run({"models", "set-serving", "m", "--clear-traffic", "--clear-request-log",
                      "--shared-runs"}),
            0);
  EXPECT_EQ(run_.server.calls[1].body,
            R"({"traffic":[],"requestLogging":null,"separateRuns":false})");
}

TEST_F(ModelsTest, SetServingSaysWhatIsWrongWithALine) {
  const auto error = [this](const std::vector<std::string>& words) {
    std::vector<std::string> line = {"models", "set-serving", "m"};
    line.insert(line.end(), words.begin(), words.end());
    run_.err.str("");
    EXPECT_NE(run_.Run(line), 0);
    return run_.err.str();
  };
  EXPECT_THAT(error({}), HasSubstr("nothing to change"));
  EXPECT_THAT(error({"--traffic=v2=ten"}), HasSubstr("\"ten\" for version v2 is no whole percent"));
  EXPECT_THAT(error({"--traffic=v2=10", "--clear-traffic"}), HasSubstr("given and cleared"));
  EXPECT_THAT(error({"--log-sample=5"}), HasSubstr("goes with --log-requests-to"));
  for (const char* wrong : {"--log-sample=x", "--log-sample=nan", "--log-sample=1 "})
    EXPECT_THAT(error({"--log-requests-to=gs://b", wrong}), HasSubstr("is no number"));
  EXPECT_TRUE(run_.server.calls.empty());
}

}  // namespace
}  // namespace mlengine::cli
