#include "ml_api/served_version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_model_store.h"

namespace mlengine::ml_api {
namespace {

using ml::v1::Version;
using testing::HasSubstr;

class ServedVersionsTest : public testing::Test {
 protected:
  void Change(const std::function<Status(store::ModelTransaction&)>& change) {
    ASSERT_TRUE(models_->Change(change).ok());
  }
  void MakeModel(const std::string& name, const std::string& default_version, int percent_of_v2) {
    Change([&](store::ModelTransaction& change) {
      store::ResourceRecord record;
      record.mutable_model()->set_default_version(default_version);
      if (percent_of_v2 > 0) {
        auto& share = *record.mutable_model()->mutable_serving()->add_traffic();
        share.set_version("v2");
        share.set_percent(percent_of_v2);
      }
      return change.Create(store::ModelKey("p", name), record);
    });
  }
  void PutVersion(const std::string& model, const std::string& name, Version::State state) {
    Change([&](store::ModelTransaction& change) {
      store::ResourceRecord record;
      Version& version = *record.mutable_version()->mutable_version();
      version.set_name(name);
      version.set_state(state);
      const store::ResourceKey key = store::VersionKey("p", model, name);
      return change.Get(key).ok() ? change.Put(key, record) : change.Create(key, record);
    });
  }
  // The name of the version found, or what is wrong.
  std::string Find(const std::string& model, const std::string& version = "") {
    const Result<ServedVersion> found = versions_.Find("p", model, version);
    return found.ok() ? found->version->version().name() : found.status().message();
  }

  std::unique_ptr<store::ModelStore> models_ = store::NewMemoryModelStore();
  ServedVersions versions_{*models_};
};

TEST_F(ServedVersionsTest, WhatIsRememberedFollowsTheStore) {
  EXPECT_THAT(Find("m"), HasSubstr("could not be found"));
  MakeModel("m", "", 0);
  EXPECT_THAT(Find("m"), HasSubstr("no default version"));
  EXPECT_THAT(Find("m", "v1"), HasSubstr("could not be found"));
  EXPECT_THAT(Find("m", "../v1"), HasSubstr("could not be found"));
  PutVersion("m", "v1", Version::CREATING);
  EXPECT_THAT(Find("m", "v1"), HasSubstr("The version is CREATING"));
  PutVersion("m", "v1", Version::READY);
  EXPECT_EQ(Find("m", "v1"), "v1");
  Change([](store::ModelTransaction& change) {
    MLENGINE_ASSIGN_OR_RETURN(store::StoredResource model, change.Get(store::ModelKey("p", "m")));
    model.record.mutable_model()->set_default_version("v1");
    return change.Put(model.key, model.record);
  });
  EXPECT_EQ(Find("m"), "v1");
  Change([](store::ModelTransaction& change) {
    return change.Remove(store::VersionKey("p", "m", "v1"));
  });
  EXPECT_THAT(Find("m"), HasSubstr("could not be found"));
}

TEST_F(ServedVersionsTest, EachModelSharesItsOwnRequests) {
  for (const char* model : {"a", "b"}) {
    MakeModel(model, "v1", 1);
    for (const char* version : {"v1", "v2"}) PutVersion(model, version, Version::READY);
  }
  std::map<std::string, int> of_v2;
  for (int i = 0; i < 200; ++i) {
    for (const char* model : {"a", "b"}) of_v2[model] += Find(model) == "v2" ? 1 : 0;
    EXPECT_EQ(Find("a", "v1"), "v1");  // takes no turn of the others
  }
  EXPECT_EQ(of_v2["a"], 2);
  EXPECT_EQ(of_v2["b"], 2);
  EXPECT_EQ(versions_.Find("p", "a", "")->number, 400U);
}

TEST_F(ServedVersionsTest, TheDefaultAnswersForOneThatIsNotReady) {
  MakeModel("m", "v1", 100);
  PutVersion("m", "v1", Version::READY);
  EXPECT_EQ(Find("m"), "v1");
  PutVersion("m", "v2", Version::FAILED);
  EXPECT_EQ(Find("m"), "v1");
  PutVersion("m", "v2", Version::READY);
  EXPECT_EQ(Find("m"), "v2");
}

}  // namespace
}  // namespace mlengine::ml_api
