#include "ml_api/models_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "base/digest.h"
#include "base/testing/fake_clock.h"
#include "ml_api/project_number.h"
#include "store/memory_job_store.h"
#include "store/memory_model_store.h"

namespace mlengine::ml_api {
namespace {

namespace json = boost::json;
using ml::v1::Version;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kModels = "/v1/projects/p/models";
const std::string kVersions = kModels + "/m/versions";
const std::string kOperations = "/v1/projects/p/operations";
using Query = std::vector<std::pair<std::string, std::string>>;

std::string Text(const json::value& value) {
  return std::string(value.as_string());
}

class ModelsHandlerTest : public ::testing::Test {
 protected:
  ModelsHandlerTest() { Register({}); }

  void Register(std::chrono::milliseconds within) {
    router_ = {};
    const ModelDeps deps{
        .models = models_.get(),
        .jobs = jobs_.get(),
        .clock = &clock_,
        .python_versions_of = [](const std::string&) { return std::vector<std::string>{}; },
        .default_runtime = "1.15",
        .accept_work = [this] { return accept_; },
        .check_deployment =
            [this](const std::string& project, const Version& version) {
              EXPECT_EQ(project, "p");
              EXPECT_EQ(version.deployment_uri(), "gs://bkt/m");
              return deployment_;
            },
        .answer_within = within};
    RegisterModels(router_, deps);
    RegisterOperations(router_, deps);
    RegisterIam(router_, deps);
  }

  json::object Call(const std::string& method, const std::string& raw_path, std::string body = "",
                    Query query = {}) {
    net::Request request;
    request.method = method;
    request.raw_path = raw_path;
    request.body = std::move(body);
    request.query = std::move(query);
    const net::Router::Match match = router_.Find(method, raw_path);
    request.path_values = match.path_values;
    net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body).as_object();
  }
  std::string Error(const std::string& method, const std::string& raw_path,
                    const std::string& body = "", const Query& query = {}) {
    const json::object answer = Call(method, raw_path, body, query);
    if (!answer.contains("error")) return "no error, but " + json::serialize(answer);
    return Text(answer.at("error").at("status")) + ": " + Text(answer.at("error").at("message"));
  }

  json::object MakeModel() { return Call("POST", kModels, R"({"name":"m"})"); }
  // As the worker does it.
  void MakeVersion(const std::string& name, Version::State state = Version::READY) {
    Call("POST", kVersions, R"({"name":")" + name + R"(","deploymentUri":"gs://bkt/m"})");
    ASSERT_EQ(status_, 200);
    SetState(name, state);
  }
  void SetState(const std::string& name, Version::State state) {
    ASSERT_TRUE(models_
                    ->Change([&](store::ModelTransaction& change) {
                      const auto key = store::VersionKey("p", "m", name);
                      auto stored = *change.Get(key);
                      stored.record.mutable_version()->mutable_version()->set_state(state);
                      return change.Put(key, stored.record);
                    })
                    .ok());
  }
  std::vector<std::string> Names(const json::object& answer, const char* list) {
    std::vector<std::string> names;
    if (!answer.contains(list)) return names;
    for (const json::value& one : answer.at(list).as_array()) {
      const std::string name = Text(one.at("name"));
      names.push_back(name.substr(name.rfind('/') + 1));
    }
    return names;
  }

  FakeClock clock_;
  std::unique_ptr<store::ModelStore> models_ = store::NewMemoryModelStore();
  std::unique_ptr<store::JobStore> jobs_ = store::NewMemoryJobStore();
  net::Router router_;
  Status accept_;
  Status deployment_;
  int status_ = 0;
};

TEST_F(ModelsHandlerTest, AModelHasItsFullNameAndADefaultRegion) {
  const json::object model = MakeModel();
  EXPECT_EQ(Text(model.at("name")), "projects/p/models/m");
  EXPECT_EQ(Text(model.at("regions").at(0)), "us-central1");
  EXPECT_EQ(Base64Decode(Text(model.at("etag")))->size(), 8U);
  EXPECT_EQ(Call("GET", kModels + "/m"), model);
  EXPECT_EQ(Error("POST", kModels, R"({"name":"m"})"),
            "ALREADY_EXISTS: Field: model.name Error: A model with the same name already exists.");
  EXPECT_EQ(Error("GET", kModels + "/none"),
            "NOT_FOUND: Field: name Error: The specified model could not be found.");
}

TEST_F(ModelsHandlerTest, NothingNewWhenTheEngineTakesNoWork) {
  MakeModel();
  accept_ = ResourceExhaustedError("the disk is full");
  EXPECT_EQ(Error("POST", kModels, R"({"name":"n"})"), "RESOURCE_EXHAUSTED: the disk is full");
  EXPECT_EQ(Error("POST", kVersions, R"({"name":"v","deploymentUri":"gs://bkt/m"})"),
            "RESOURCE_EXHAUSTED: the disk is full");
  Call("DELETE", kModels + "/m");
  EXPECT_EQ(status_, 200);
}

TEST_F(ModelsHandlerTest, AVersionIsMadeByAnOperation) {
  MakeModel();
  clock_.Advance(std::chrono::milliseconds(250));
  const json::object operation =
      Call("POST", kVersions, R"({"name":"v1","deploymentUri":"gs://bkt/m","labels":{"a":"b"}})");
  EXPECT_EQ(Text(operation.at("name")), "projects/p/operations/create_m_v1-1514862245250");
  EXPECT_FALSE(operation.contains("done"));
  const json::object& metadata = operation.at("metadata").as_object();
  EXPECT_EQ(Text(metadata.at("@type")), "type.googleapis.com/google.cloud.ml.v1.OperationMetadata");
  EXPECT_EQ(Text(metadata.at("operationType")), "CREATE_VERSION");
  EXPECT_EQ(Text(metadata.at("modelName")), "projects/p/models/m");
  EXPECT_EQ(Text(metadata.at("createTime")), "2018-01-02T03:04:05.250Z");
  EXPECT_EQ(Text(metadata.at("projectNumber")), std::to_string(ProjectNumber("p")));
  EXPECT_EQ(Text(metadata.at("version").at("name")), "projects/p/models/m/versions/v1");
  EXPECT_EQ(Text(metadata.at("labels").at("a")), "b");
  const json::object version = Call("GET", kVersions + "/v1");
  EXPECT_EQ(Text(version.at("state")), "CREATING");
  EXPECT_EQ(Text(version.at("machineType")), "mls1-c1-m2");
  EXPECT_EQ(Text(version.at("runtimeVersion")), "1.15");
  EXPECT_EQ(Text(version.at("createTime")), "2018-01-02T03:04:05Z");
  EXPECT_FALSE(version.contains("isDefault"));
  EXPECT_EQ(models_->Get(store::VersionKey("p", "m", "v1"))->record.version().folder(),
            "v1-1514862245250");
}

TEST_F(ModelsHandlerTest, AVersionNeedsItsModelAndFiles) {
  const std::string body = R"({"name":"v1","deploymentUri":"gs://bkt/m"})";
  EXPECT_EQ(Error("POST", kVersions, body),
            "NOT_FOUND: Field: parent Error: The model resource: \"m\" was not found. Please "
            "create the Cloud ML model resource first by using 'gcloud ml-engine models create "
            "m'.");
  MakeModel();
  deployment_ = FailedPreconditionError("no files");
  EXPECT_EQ(Error("POST", kVersions, body), "FAILED_PRECONDITION: no files");
  EXPECT_EQ(Error("GET", kVersions + "/v1"),
            "NOT_FOUND: Field: name Error: The specified version could not be found.");
  deployment_ = OkStatus();
  MakeVersion("v1");
  EXPECT_THAT(Error("POST", kVersions, body), HasSubstr("ALREADY_EXISTS"));
  EXPECT_THAT(Error("GET", kModels + "/none/versions/v1"), HasSubstr("The specified model"));
}

TEST_F(ModelsHandlerTest, QuickOperationsAreDoneInTheAnswer) {
  MakeModel();
  Register(std::chrono::seconds(20));
  std::thread worker([this] {
    while (models_->ListOpenOperations()->empty()) std::this_thread::yield();
    const store::ResourceKey key = models_->ListOpenOperations()->front().key;
    EXPECT_TRUE(models_
                    ->Change([&key](store::ModelTransaction& change) {
                      auto operation = *change.Get(key);
                      operation.record.mutable_operation()->set_done(true);
                      return change.Put(key, operation.record);
                    })
                    .ok());
  });
  const json::object operation =
      Call("POST", kVersions, R"({"name":"v1","deploymentUri":"gs://bkt/m"})");
  worker.join();
  EXPECT_EQ(operation.at("done"), json::value(true));
}

TEST_F(ModelsHandlerTest, ListsHavePagesAndFilters) {
  MakeModel();
  for (const char* name : {"v3", "v1", "v2"}) MakeVersion(name);
  EXPECT_THAT(Names(Call("GET", kVersions), "versions"), ElementsAre("v1", "v2", "v3"));
  const json::object page = Call("GET", kVersions, "", {{"pageSize", "2"}});
  EXPECT_THAT(Names(page, "versions"), ElementsAre("v1", "v2"));
  EXPECT_THAT(Names(Call("GET", kVersions, "",
                         {{"pageSize", "2"}, {"pageToken", Text(page.at("nextPageToken"))}}),
                    "versions"),
              ElementsAre("v3"));
  SetState("v2", Version::FAILED);
  EXPECT_THAT(Names(Call("GET", kVersions, "", {{"filter", "state=FAILED"}}), "versions"),
              ElementsAre("v2"));
  EXPECT_THAT(Names(Call("GET", kModels, "", {{"filter", "name:*/m"}}), "models"),
              ElementsAre("m"));
  EXPECT_TRUE(Call("GET", kModels, "", {{"filter", "name:other"}}).empty());
  EXPECT_EQ(Names(Call("GET", kOperations, "",
                       {{"filter", "metadata.operationType=CREATE_VERSION AND done=false"}}),
                  "operations")
                .size(),
            3U);
  EXPECT_THAT(Error("GET", kOperations, "", {{"filter", "colour=red"}}),
              HasSubstr("There is no field \"colour\" of an operation"));
  EXPECT_THAT(Error("GET", kVersions, "", {{"pageToken", "x"}}), HasSubstr("page_token"));
}

TEST_F(ModelsHandlerTest, AModelIsPatchedByItsMask) {
  MakeModel();
  const json::object operation =
      Call("PATCH", kModels + "/m", R"({"description":"d","labels":{"a":"b"},"regions":["x"]})",
           {{"updateMask", "labels,description"}});
  EXPECT_EQ(operation.at("done"), json::value(true));
  EXPECT_EQ(Text(operation.at("metadata").at("operationType")), "UPDATE_MODEL");
  EXPECT_EQ(Text(operation.at("response").at("@type")),
            "type.googleapis.com/google.cloud.ml.v1.Model");
  EXPECT_EQ(Text(operation.at("response").at("description")), "d");
  EXPECT_EQ(Text(Call("GET", kModels + "/m").at("labels").at("a")), "b");
  EXPECT_THAT(Error("PATCH", kModels + "/m", "{}"), HasSubstr("The update mask is required"));
  EXPECT_THAT(Error("PATCH", kModels + "/m", "{}", {{"updateMask", "regions"}}),
              HasSubstr("\"regions\" cannot be updated; these can: description, labels"));
  EXPECT_THAT(Error("PATCH", kModels + "/m", R"({"labels":{"A":"b"}})", {{"updateMask", "labels"}}),
              HasSubstr("Field: model.labels"));
  EXPECT_EQ(Text(Call("GET", kModels + "/m").at("labels").at("a")), "b");
}

TEST_F(ModelsHandlerTest, AnOldEtagAbortsAPatch) {
  const std::string old = Text(MakeModel().at("etag"));
  const std::string body = R"({"description":"d","etag":")" + old + "\"}";
  Call("PATCH", kModels + "/m", body, {{"updateMask", "description"}});
  EXPECT_EQ(status_, 200);
  EXPECT_THAT(Error("PATCH", kModels + "/m", body, {{"updateMask", "description"}}),
              HasSubstr("ABORTED: Field: model.etag"));
  MakeVersion("v1");
  EXPECT_THAT(Error("PATCH", kVersions + "/v1", body, {{"updateMask", "description"}}),
              HasSubstr("ABORTED: Field: version.etag"));
}

TEST_F(ModelsHandlerTest, AVersionIsPatchedByItsMask) {
  MakeModel();
  MakeVersion("v1");
  Call("PATCH", kVersions + "/v1", R"({"autoScaling":{"minNodes":2}})",
       {{"updateMask", "autoScaling.minNodes"}});
  EXPECT_EQ(Call("GET", kVersions + "/v1").at("autoScaling").at("minNodes"), json::value(2));
  Call("PATCH", kVersions + "/v1", R"({"manual_scaling":{"nodes":3},"description":"x"})",
       {{"updateMask", "manual_scaling.nodes"}});
  const json::object version = Call("GET", kVersions + "/v1");
  EXPECT_EQ(version.at("manualScaling").at("nodes"), json::value(3));
  EXPECT_FALSE(version.contains("autoScaling"));
  EXPECT_FALSE(version.contains("description"));
  EXPECT_THAT(Error("PATCH", kVersions + "/v1", "{}", {{"updateMask", "predictionClass"}}),
              HasSubstr("UNIMPLEMENTED: Field: update_mask"));
  EXPECT_THAT(Error("PATCH", kVersions + "/v1", "{}", {{"updateMask", "manualScaling.nodes"}}),
              HasSubstr("The number of nodes must be 1 to 1000"));
}

TEST_F(ModelsHandlerTest, TheDefaultIsReadyAndCannotBeDeletedBesideOthers) {
  MakeModel();
  MakeVersion("v1");
  MakeVersion("v2");
  MakeVersion("bad", Version::FAILED);
  EXPECT_EQ(Call("POST", kVersions + "/v1:setDefault", "{}").at("isDefault"), json::value(true));
  EXPECT_EQ(Text(Call("GET", kModels + "/m").at("defaultVersion").at("name")),
            "projects/p/models/m/versions/v1");
  EXPECT_THAT(Error("POST", kVersions + "/bad:setDefault"),
              HasSubstr("FAILED_PRECONDITION: Field: name Error: The version is FAILED"));
  EXPECT_THAT(Error("DELETE", kVersions + "/v1"), HasSubstr("Cannot delete the default version"));
  Call("PATCH", kModels + "/m", R"({"defaultVersion":{"name":"v2"}})",
       {{"updateMask", "default_version.name"}});
  EXPECT_EQ(status_, 200);
  const json::object operation = Call("DELETE", kVersions + "/v1");
  EXPECT_EQ(Text(operation.at("metadata").at("operationType")), "DELETE_VERSION");
  EXPECT_EQ(Text(Call("GET", kVersions + "/v1").at("state")), "DELETING");
}

TEST_F(ModelsHandlerTest, ABatchPredictionKeepsItsVersion) {
  MakeModel();
  MakeVersion("v1");
  MakeVersion("v2");
  store::JobRecord record;
  record.set_project("p");
  record.mutable_job()->set_job_id("batch_1");
  record.mutable_job()->set_state(ml::v1::Job::QUEUED);
  engine::v1::BatchPrediction& batch = *record.mutable_batch_prediction();
  batch.set_model("m");
  batch.set_version("v2");
  batch.set_version_folder(
      models_->Get(store::VersionKey("p", "m", "v2"))->record.version().folder());
  ASSERT_NE(batch.version_folder(), "");
  ASSERT_TRUE(jobs_->Create(record).ok());
  EXPECT_EQ(Error("DELETE", kVersions + "/v2"),
            "FAILED_PRECONDITION: Field: name Error: The batch prediction job \"batch_1\" uses the "
            "version; it is QUEUED. Wait for its end, or cancel it first.");
  EXPECT_EQ(Text(Call("GET", kVersions + "/v2").at("state")), "READY");
  const auto ended = jobs_->Update({"p", "batch_1"}, [](store::JobRecord& job) {
    job.mutable_job()->set_state(ml::v1::Job::CANCELLED);
    return OkStatus();
  });
  ASSERT_TRUE(ended.ok());
  Call("DELETE", kVersions + "/v2");
  EXPECT_EQ(status_, 200);
}

TEST_F(ModelsHandlerTest, WhatIsUnderWayKeepsOthersOut) {
  MakeModel();
  for (const auto state : {Version::CREATING, Version::DELETING, Version::UPDATING}) {
    const std::string name = "v_" + Version::State_Name(state);
    MakeVersion(name, state);
    EXPECT_THAT(Error("DELETE", kVersions + "/" + name), HasSubstr("FAILED_PRECONDITION"));
    EXPECT_THAT(Error("PATCH", kVersions + "/" + name, "{}", {{"updateMask", "labels"}}),
                HasSubstr("wait for its operation to end"));
    EXPECT_THAT(Error("POST", kVersions + "/" + name + ":setDefault"),
                HasSubstr("only one that is READY"));
  }
}

TEST_F(ModelsHandlerTest, AModelWithVersionsStays) {
  MakeModel();
  MakeVersion("v1", Version::FAILED);
  EXPECT_EQ(Error("DELETE", kModels + "/m"),
            "FAILED_PRECONDITION: Field: name Error: Cannot delete a model that has versions: m "
            "has 1. Delete them first.");
  ASSERT_TRUE(models_
                  ->Change([](store::ModelTransaction& change) {
                    return change.Remove(store::VersionKey("p", "m", "v1"));
                  })
                  .ok());
  const json::object operation = Call("DELETE", kModels + "/m");
  EXPECT_EQ(operation.at("done"), json::value(true));
  EXPECT_EQ(Text(operation.at("response").at("@type")),
            "type.googleapis.com/google.protobuf.Empty");
  EXPECT_THAT(Error("GET", kModels + "/m"), HasSubstr("NOT_FOUND"));
}

TEST_F(ModelsHandlerTest, OperationsAreCancelledAndForgotten) {
  MakeModel();
  const json::object made = Call("POST", kVersions, R"({"name":"v","deploymentUri":"gs://bkt/m"})");
  const std::string path = "/v1/" + Text(made.at("name"));
  EXPECT_EQ(Call("GET", path), made);
  EXPECT_THAT(Error("DELETE", path), HasSubstr("The operation is not done; cancel it first."));
  EXPECT_TRUE(Call("POST", path + ":cancel").empty());
  EXPECT_EQ(Call("GET", path).at("metadata").at("isCancellationRequested"), json::value(true));
  const json::object done = Call("PATCH", kModels + "/m", "{}", {{"updateMask", "labels"}});
  const std::string done_path = "/v1/" + Text(done.at("name"));
  EXPECT_THAT(Error("POST", done_path + ":cancel"), HasSubstr("it is already done"));
  EXPECT_TRUE(Call("DELETE", done_path).empty());
  EXPECT_EQ(Error("GET", done_path),
            "NOT_FOUND: Field: name Error: The specified operation could not be found.");
}

TEST_F(ModelsHandlerTest, TwoOperationsOfOneMomentHaveTwoNames) {
  MakeModel();
  const Query mask = {{"updateMask", "description"}};
  const std::string first = Text(Call("PATCH", kModels + "/m", "{}", mask).at("name"));
  const std::string second = Text(Call("PATCH", kModels + "/m", "{}", mask).at("name"));
  EXPECT_NE(first, second);
  EXPECT_THAT(Names(Call("GET", kOperations), "operations"),
              ElementsAre("update_m-1514862245001", "update_m-1514862245000"));
}

TEST_F(ModelsHandlerTest, PoliciesAreKeptWithTheirEtag) {
  MakeModel();
  EXPECT_EQ(Text(Call("GET", kModels + "/m:getIamPolicy").at("etag")), "ACAB");
  const std::string body =
      R"({"policy":{"bindings":[{"role":"roles/ml.modelUser","members":["user:a@b.c"]}],)"
      R"("etag":"ACAB"},"updateMask":"bindings,etag"})";
  const json::object policy = Call("POST", kModels + "/m:setIamPolicy", body);
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(Call("GET", kModels + "/m:getIamPolicy"), policy);
  EXPECT_THAT(Error("POST", kModels + "/m:setIamPolicy", body), HasSubstr("ABORTED"));
  EXPECT_THAT(Error("POST", kModels + "/m:setIamPolicy", "{}"), HasSubstr("Field: policy Error"));
  EXPECT_THAT(Error("GET", kModels + "/none:getIamPolicy"), HasSubstr("NOT_FOUND"));
  Call("DELETE", kModels + "/m");
  MakeModel();
  EXPECT_EQ(Text(Call("GET", kModels + "/m:getIamPolicy").at("etag")), "ACAB");
}

TEST_F(ModelsHandlerTest, PermissionsOfWhatIsThere) {
  MakeModel();
  store::JobRecord job;
  job.set_project("p");
  job.mutable_job()->set_job_id("j");
  ASSERT_TRUE(jobs_->Create(job).ok());
  const std::string body = R"({"permissions":["ml.models.get"]})";
  for (const char* path : {"/models/m", "/jobs/j"}) {
    const json::object answer =
        Call("POST", std::string("/v1/projects/p") + path + ":testIamPermissions", body);
    EXPECT_EQ(json::serialize(answer), body);
  }
  EXPECT_TRUE(Call("POST", kModels + "/none:testIamPermissions", body).empty());
}

}  // namespace
}  // namespace mlengine::ml_api
