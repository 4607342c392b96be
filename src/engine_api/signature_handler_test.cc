#include "engine_api/signature_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "serving/testing/saved_model_bytes.h"
#include "store/memory_model_store.h"

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using serving::Field;
using testing::HasSubstr;

// TensorInfo: int types and sizes below 128; -1 is any size, no dims an unknown rank.
std::string Info(char type, const std::vector<int>& dims) {
  std::string shape;
  for (const int dim : dims) {
    shape += Field(2, dim < 0 ? std::string("\x08") + std::string(9, '\xff') + "\x01"
                              : std::string{'\x08', static_cast<char>(dim)});
  }
  if (dims.empty()) shape = std::string{'\x18', '\x01'};
  return Field(1, "t:0") + std::string{'\x10', type} + Field(3, shape);
}

std::string Named(int number, std::string_view name, const std::string& value) {
  return Field(number, Field(1, name) + Field(2, value));
}

class SignatureHandlerTest : public testing::Test {
 protected:
  SignatureHandlerTest() {
    std::filesystem::create_directories(folder_ + "/model");
    RegisterSignatures(router_,
                       {.models = models_.get(),
                        .versions = {},
                        .has_bucket = {},
                        .folder_of = [this](const store::StoredResource&) { return folder_; }});
  }
  ~SignatureHandlerTest() override { std::filesystem::remove_all(folder_); }

  void HasVersion(ml::v1::Version::Framework framework, ml::v1::Version::State state,
                  const std::string& file, const std::string& bytes) {
    store::ResourceRecord record;
    ml::v1::Version& version = *record.mutable_version()->mutable_version();
    version.set_name("v1");
    version.set_framework(framework);
    version.set_state(state);
    EXPECT_TRUE(models_
                    ->Change([&](store::ModelTransaction& change) {
                      store::ResourceRecord model;
                      model.mutable_model()->mutable_model()->set_name("m");
                      MLENGINE_RETURN_IF_ERROR(change.Create(store::ModelKey("p", "m"), model));
                      return change.Create(store::VersionKey("p", "m", "v1"), record);
                    })
                    .ok());
    std::ofstream(folder_ + "/model/" + file, std::ios::binary) << bytes;
  }

  std::pair<int, std::string> Get(const std::string& version = "v1") {
    net::Request request;
    request.method = "GET";
    const net::Router::Match match =
        router_.Find("GET", "/mlengine/v1/projects/p/models/m/versions/" + version + "/signature");
    request.path_values = match.path_values;
    const net::Response response = match.route->handler(request);
    return {response.status, response.body};
  }

  const std::string folder_ = testing::TempDir() + "signature_test." + std::to_string(::getpid());
  std::unique_ptr<store::ModelStore> models_ = store::NewMemoryModelStore();
  net::Router router_;
};

TEST_F(SignatureHandlerTest, TellsTheSignaturesOfASavedModel) {
  const std::string serve =
      Named(1, "x", Info(1, {-1, 3})) + Named(1, "s", Info(7, {})) + Named(2, "y", Info(9, {-1}));
  const std::string other = Named(1, "n", Info(2, {-1})) + Named(2, "y", Info(10, {-1}));
  const std::string graph = Field(1, Field(4, "serve")) + Named(5, "serving_default", serve) +
                            Named(5, "other", other) + Named(5, "__saved_model_init_op", other);
  const std::string training = Field(1, Field(4, "train")) + Named(5, "wrong", other);
  HasVersion(ml::v1::Version::TENSORFLOW, ml::v1::Version::READY, "saved_model.pb",
             serving::SavedModelBytes({training, graph}));
  const auto [status, body] = Get();
  ASSERT_EQ(status, 200) << body;
  EXPECT_EQ(json::parse(body), json::parse(R"(
    {"model": "m", "version": "v1", "answeredBy": "tensorflow", "signatures": [
     {"name": "other", "isDefault": false,
      "inputs": [{"name": "n", "dtype": "float64", "shape": [-1]}],
      "outputs": [{"name": "y", "dtype": "bool", "shape": [-1]}],
      "text": "n float64[-1] -> y bool[-1]"},
     {"name": "serving_default", "isDefault": true,
      "inputs": [{"name": "s", "dtype": "string", "shape": null},
                 {"name": "x", "dtype": "float32", "shape": [-1, 3]}],
      "outputs": [{"name": "y", "dtype": "int64", "shape": [-1]}],
      "text": "s string[?], x float32[-1, 3] -> y int64[-1]"}]})"))
      << body;
}

TEST_F(SignatureHandlerTest, SaysInWordsWhatPythonTakes) {
  HasVersion(ml::v1::Version::XGBOOST, ml::v1::Version::READY, "model.bst", "{}");
  const auto [status, body] = Get();
  ASSERT_EQ(status, 200) << body;
  EXPECT_THAT(body, HasSubstr(R"("answeredBy":"xgboost","signatures":[],"instance":"a list of)"));
}

TEST_F(SignatureHandlerTest, SaysWhyThereIsNone) {
  HasVersion(ml::v1::Version::TENSORFLOW, ml::v1::Version::FAILED, "saved_model.pb",
             serving::GoodSavedModel().substr(0, 12));
  EXPECT_THAT(Get().second, HasSubstr("saved_model.pb is damaged"));
  EXPECT_EQ(Get("v2").first, 404);
  EXPECT_THAT(Get("v2").second, HasSubstr(R"(There is no version \"v2\" of a model \"m\")"));
  std::filesystem::remove(folder_ + "/model/saved_model.pb");
  std::ofstream(folder_ + "/model/saved_model.pbtxt") << "meta_graphs {}";
  EXPECT_EQ(Get().first, 501);
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(Get().first, 400);
  EXPECT_THAT(Get().second, HasSubstr("are not there: it is FAILED"));
}

}  // namespace
}  // namespace mlengine::engine_api
