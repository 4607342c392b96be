// mlengine models deploy against a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSucceeded =
    R"({"jobId":"j_1","state":"SUCCEEDED","endTime":"2018-01-02T00:00:00Z","trainingInput":
    {"jobDir":"gs://b/out","runtimeVersion":"2.19","pythonVersion":"3.11"}})";
constexpr const char* kExported = R"({"items":[{"name":"out/export/saved_model.pb","size":"2048"},
    {"name":"out/export/variables/variables.index","size":"1024"},{"name":"out/log","size":"9"}]})";
constexpr const char* kDone = R"({"name":"projects/p/operations/o","done":true,"response":{}})";

// Answers by method and path; what is not scripted is 404.
class DeployTest : public testing::Test {
 protected:
  void SetUp() override {
    answers_["GET /v1/projects/p/jobs/j_1"] = JsonAnswer(kSucceeded);
    answers_["GET /storage/v1/b/b/o"] = JsonAnswer(kExported);
    answers_["POST /v1/projects/p/models"] = JsonAnswer(R"({"name":"projects/p/models/j"})");
    answers_["GET /v1/projects/p/models/j/versions"] = JsonAnswer("{}");
    answers_["POST /v1/projects/p/models/j/versions"] = JsonAnswer(kDone);
    run_.server.answer = [this](const net::ClientRequest& request) {
      const std::string path = request.target.substr(0, request.target.find('?'));
      const auto found = answers_.find(request.method + " " + path);
      return found != answers_.end()
                 ? found->second
                 : JsonAnswer(R"({"error":{"code":404,"status":"NOT_FOUND","message":"none"}})",
                              404);
    };
  }
  void HasVersions() {
    answers_["GET /v1/projects/p/models/j"] = JsonAnswer(
        R"({"name":"projects/p/models/j","defaultVersion":{"name":"projects/p/models/j/versions/v2"}})");
    answers_["GET /v1/projects/p/models/j/versions"] =
        JsonAnswer(R"({"versions":[{"name":"projects/p/models/j/versions/v2"}]})");
  }
  std::vector<std::string> Posts() {
    std::vector<std::string> posts;
    for (const net::ClientRequest& call : run_.server.calls) {
      if (call.method == "POST") posts.push_back(call.target + " " + call.body);
    }
    return posts;
  }
  std::map<std::string, net::ClientResponse> answers_;
  FakeRun run_;
};

TEST_F(DeployTest, TheFirstVersionMakesTheModel) {
  answers_["GET /mlengine/v1/projects/p/models/j/versions/v1/signature"] = JsonAnswer(
      R"({"signatures":[{"name":"a","isDefault":false,"inputs":[{"name":"no","dtype":"string"}]},
      {"name":"b","isDefault":true,"inputs":[{"name":"audio_bytes","dtype":"string"}],
       "text":"audio_bytes string[-1] -> y float32[-1]"}]})");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1"}), 0) << run_.err.str();
  EXPECT_THAT(
      Posts(),
      ElementsAre(R"(/v1/projects/p/models {"name":"j"})",
                  R"(/v1/projects/p/models/j/versions {"deploymentUri":"gs://b/out/export/",)"
                  R"("runtimeVersion":"2.19","pythonVersion":"3.11",)"
                  R"("description":"Exported by job j_1.","name":"v1"})"));
  EXPECT_THAT(
      run_.err.str(),
      AllOf(HasSubstr("Job [j_1] exported gs://b/out/export/ (saved_model.pb; 2 files, 3.0 KiB).\n"
                      "Created ml engine model [projects/p/models/j].\n"
                      "Created version [v1] of model [j] in "),
            HasSubstr("\nIt is the model's default version.\n"),
            HasSubstr("  takes    audio_bytes string[-1] -> y float32[-1]\n"),
            HasSubstr("mlengine predict --model=j --file=audio_bytes=FILE\n")));
  EXPECT_EQ(run_.out.str(), "");
}

TEST_F(DeployTest, ALaterVersionBecomesTheDefault) {
  HasVersions();
  answers_["POST /v1/projects/p/models/j/versions/v3:setDefault"] = JsonAnswer("{}");
  answers_["GET /v1/projects/p/models/j/versions/v3"] = JsonAnswer(R"({"name":"v3"})");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1", "--runtime-version=2.4", "--labels=a=b",
                      "--format=json"}),
            0)
      << run_.err.str();
  EXPECT_THAT(Posts(), ElementsAre(AllOf(HasSubstr(R"("runtimeVersion":"2.4","description")"),
                                         HasSubstr(R"("labels":{"a":"b"},"name":"v3"})")),
                                   "/v1/projects/p/models/j/versions/v3:setDefault {}"));
  EXPECT_THAT(run_.err.str(), HasSubstr("default version now, in place of [v2].\n"));
  EXPECT_EQ(boost::json::parse(run_.out.str()), boost::json::parse(R"({"name":"v3"})"));
}

TEST_F(DeployTest, TheDefaultMayStay) {
  HasVersions();
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1", "--no-set-default", "--version=best"}), 0);
  EXPECT_EQ(Posts().size(), 1U);
  EXPECT_THAT(run_.err.str(),
              AllOf(HasSubstr("The default version is [v2] still; to change that: mlengine "
                              "versions set-default best --model=j\n"),
                    HasSubstr("mlengine predict --model=j --version=best --json-instances=FILE")));
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1", "--no-set-default", "--set-default"}), 1);
}

TEST_F(DeployTest, AsyncPrintsTheOperation) {
  answers_["POST /v1/projects/p/models/m/versions"] =
      JsonAnswer(R"({"name":"projects/p/operations/o"})");
  answers_["GET /v1/projects/p/models/m"] = JsonAnswer(R"({"name":"projects/p/models/m"})");
  answers_["GET /v1/projects/p/models/m/versions"] = JsonAnswer("{}");
  EXPECT_EQ(
      run_.Run({"models", "deploy", "j_1", "--model=projects/p/models/m", "--async", "--quiet"}),
      0);
  EXPECT_EQ(run_.out.str(), "name: projects/p/operations/o\n");
  EXPECT_EQ(run_.err.str(), "");
}

TEST_F(DeployTest, ANameThatIsTakenIsSaidWithTheNextFreeOne) {
  HasVersions();
  answers_["POST /v1/projects/p/models/j/versions"] = JsonAnswer(
      R"({"error":{"code":409,"status":"ALREADY_EXISTS","message":"It is there."}})", 409);
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1", "--version=v2"}), 1);
  EXPECT_THAT(run_.err.str(),
              HasSubstr("It is there. Leave --version out for [v3], the next free name."));
  EXPECT_EQ(Posts().size(), 1U);
}

TEST_F(DeployTest, OnlyAJobThatSucceededIsDeployed) {
  answers_["GET /v1/projects/p/jobs/j_1"] = JsonAnswer(R"({"state":"RUNNING"})");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("job [j_1] is RUNNING; only one that SUCCEEDED is "
                                        "deployed. Follow it: mlengine jobs stream-logs j_1"));
  answers_["GET /v1/projects/p/jobs/j_1"] = JsonAnswer(R"({"state":"FAILED","endTime":"t"})");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("Look why: mlengine jobs explain j_1."));
  EXPECT_TRUE(Posts().empty());
}

TEST_F(DeployTest, WithoutAnExportNothingIsMade) {
  answers_["GET /storage/v1/b/b/o"] = JsonAnswer("{}");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1", "--export=other"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("no exported model below gs://b/out/other/"));
  answers_["GET /v1/projects/p/jobs/j_1"] = JsonAnswer(R"({"state":"SUCCEEDED","endTime":"t"})");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("has no job dir"));
  EXPECT_TRUE(Posts().empty());
}

TEST_F(DeployTest, AVersionThatFailsIsAnErrorAndNoDefault) {
  HasVersions();
  answers_["POST /v1/projects/p/models/j/versions"] =
      JsonAnswer(R"({"name":"projects/p/operations/o","done":true,)"
                 R"("error":{"code":3,"message":"Create Version failed. Bad model"}})");
  EXPECT_EQ(run_.Run({"models", "deploy", "j_1"}), 1);
  EXPECT_THAT(run_.err.str(), HasSubstr("Create Version failed. Bad model"));
  EXPECT_EQ(Posts().size(), 1U);
}

}  // namespace
}  // namespace mlengine::cli
