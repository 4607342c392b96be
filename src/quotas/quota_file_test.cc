#include "quotas/quota_file.h"

#include <gmock/gmock.h>

#include "base/testing/temp_dir.h"
#include "policy/quota_settings.h"

namespace mlengine::quotas {
namespace {

using testing::HasSubstr;

class QuotaFileTest : public testing::Test {
 protected:
  std::string Path() const { return JoinPath(folder_.path(), "quotas.json"); }
  std::unique_ptr<QuotaFile> Open() {
    auto file = QuotaFile::Open(Path(), RealFileSystem());
    EXPECT_TRUE(file.ok()) << file.status().ToString();
    return file.ok() ? *std::move(file) : nullptr;
  }
  Status OpenStored(const std::string& text) {
    EXPECT_TRUE(RealFileSystem().WriteAtomic(Path(), text).ok());
    return QuotaFile::Open(Path(), RealFileSystem()).status();
  }

  TempDir folder_;
};

TEST_F(QuotaFileTest, WhatWasSetIsThereAfterARestart) {
  {
    const auto file = Open();
    EXPECT_EQ(file->Of("b").profile(), "");
    for (const char* project : {"b", "a"}) {
      const Status changed = file->Change(project, [&](ProjectQuotas& settings) {
        MLENGINE_RETURN_IF_ERROR(policy::SetQuotaProfile(settings, "free"));
        return policy::SetQuota(settings, "vcpus", "us-central1", "unlimited");
      });
      EXPECT_TRUE(changed.ok()) << changed.ToString();
    }
  }
  const auto file = Open();
  EXPECT_EQ(file->Of("a").profile(), "free");
  EXPECT_EQ(file->Of("a").quotas(0).limit(), -1);
  EXPECT_EQ(file->Of("c").project(), "c");
}

TEST_F(QuotaFileTest, ARefusedChangeLeavesEverything) {
  const auto file = Open();
  const Status changed = file->Change("p", [](ProjectQuotas& settings) {
    settings.set_profile("free");
    return InvalidArgumentError("no");
  });
  EXPECT_EQ(changed.message(), "no");
  EXPECT_EQ(file->Of("p").profile(), "");
  EXPECT_FALSE(RealFileSystem().Stat(Path()).ok());
}

TEST_F(QuotaFileTest, ADiskThatRefusesChangesNothing) {
  const auto file =
      QuotaFile::Open(JoinPath(folder_.path(), "missing/quotas.json"), RealFileSystem());
  ASSERT_TRUE(file.ok());
  const Status changed = (*file)->Change("p", [](ProjectQuotas& settings) {
    settings.set_profile("free");
    return OkStatus();
  });
  EXPECT_FALSE(changed.ok());
  EXPECT_EQ((*file)->Of("p").profile(), "");
}

// The reader test of docs/formats/quota_file.md: a file of version 1, as it was first written.
TEST_F(QuotaFileTest, ReadsVersion1) {
  EXPECT_TRUE(
      OpenStored(
          R"({"version":1,"projects":[{"project":"p","profile":"paid","quotas":[{"quota":"vcpus",)"
          R"("region":"us-central1","limit":"100"},{"quota":"k80","limit":"-1"}],"budgets":[{"budget":"month",)"
          R"("hundredths":"5000","currency":"USD","warnPercent":80}]}]})")
          .ok());
  const ProjectQuotas settings = Open()->Of("p");
  EXPECT_EQ(settings.profile(), "paid");
  EXPECT_EQ(settings.quotas(0).limit(), 100);
  EXPECT_EQ(settings.quotas(1).region(), "");
  EXPECT_EQ(settings.budgets(0).hundredths(), 5000);
  EXPECT_EQ(settings.budgets(0).warn_percent(), 80);
}

TEST_F(QuotaFileTest, ADamagedOrNewerFileIsRefusedAndLeftAsItIs) {
  const struct {
    std::string text;
    StatusCode code;
    std::string says;
  } cases[] = {
      {"{", StatusCode::kDataLoss, "quotas.json cannot be understood"},
      {"", StatusCode::kDataLoss, "quotas.json cannot be understood"},
      {R"({"version":1,"project":[]})", StatusCode::kDataLoss, "Unknown name \"project\""},
      {R"({"version":2,"shape":[]})", StatusCode::kFailedPrecondition, "use a newer mlengine"},
  };
  for (const auto& c : cases) {
    const Status status = OpenStored(c.text);
    EXPECT_EQ(status.code(), c.code) << c.text;
    EXPECT_THAT(status.message(), HasSubstr(c.says));
    EXPECT_EQ(RealFileSystem().Read(Path()).value_or("gone"), c.text);
  }
}

}  // namespace
}  // namespace mlengine::quotas
