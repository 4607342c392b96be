#include "quotas/create_rate.h"

#include <gmock/gmock.h>

#include "policy/quota.h"

namespace mlengine::quotas {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Time kNow = FromUnixNanos(1'514'862'245'000'000'000);

TEST(CreateRateTest, TheWindowSlides) {
  CreateRate rate;
  EXPECT_TRUE(rate.Take("p", 2, kNow).ok());
  EXPECT_TRUE(rate.Take("p", 2, kNow + seconds(40)).ok());
  const Status third = rate.Take("p", 2, kNow + milliseconds(59'500));
  EXPECT_EQ(third.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(third.message(),
            "Quota exceeded for quota metric 'Job submission requests' and limit 'Job submission "
            "requests per minute' of service 'ml.googleapis.com' for consumer 'project:p'. The "
            "limit is 2; the next request is taken in 1 s.");
  EXPECT_EQ(third.violations()[0].field, "p");
  EXPECT_TRUE(rate.Take("p", 2, kNow + seconds(60)).ok()) << "the refused one does not count";
  EXPECT_FALSE(rate.Take("p", 2, kNow + seconds(61)).ok());
  EXPECT_TRUE(rate.Take("p", 2, kNow + seconds(100)).ok());
}

TEST(CreateRateTest, ProjectsDoNotShare) {
  CreateRate rate;
  EXPECT_TRUE(rate.Take("a", 1, kNow).ok());
  EXPECT_TRUE(rate.Take("b", 1, kNow).ok());
  EXPECT_FALSE(rate.Take("a", 1, kNow).ok());
}

TEST(CreateRateTest, ALimitThatIsLoweredWaitsForAllThatAreTooMany) {
  CreateRate rate;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rate.Take("p", 3, kNow + seconds(10 * i)).ok());
  EXPECT_THAT(rate.Take("p", 1, kNow + seconds(30)).message(), testing::HasSubstr("in 50 s."));
  EXPECT_FALSE(rate.Take("p", 1, kNow + seconds(79)).ok());
  EXPECT_TRUE(rate.Take("p", 1, kNow + seconds(80)).ok());
}

TEST(CreateRateTest, UnlimitedAndZero) {
  CreateRate rate;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(rate.Take("p", policy::kUnlimited, kNow).ok());
  EXPECT_THAT(rate.Take("p", 0, kNow).message(), testing::HasSubstr("The limit is 0."));
}

TEST(CreateRateTest, AClockSetBackLocksNobodyOut) {
  CreateRate rate;
  EXPECT_TRUE(rate.Take("p", 1, kNow).ok());
  EXPECT_TRUE(rate.Take("p", 1, kNow - std::chrono::hours(5)).ok());
}

}  // namespace
}  // namespace mlengine::quotas
