#include "engine_api/job_price.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "policy/price_book.h"

namespace mlengine::engine_api {
namespace {

using ml::v1::TrainingInput;

const Time kNow = FromUnixNanos(10'000LL * 1'000'000'000);

policy::PriceBook Book() {
  return policy::PriceBook::BuiltIn();
}

store::JobRecord Job(const std::string& region) {
  store::JobRecord record;
  TrainingInput& input = *record.mutable_job()->mutable_training_input();
  input.set_scale_tier(TrainingInput::BASIC_GPU);
  input.set_region(region);
  return record;
}

// 2 h 8 min before now.
void Start(store::JobRecord& record) {
  auto& replica = *record.add_attempts()->add_replicas();
  replica.set_role("master");
  replica.mutable_status()->set_step(runner::v1::StatusRecord::RUNNING);
  replica.mutable_status()->add_phases()->mutable_start_time()->set_seconds(10'000 - 7'680);
}

std::string Json(const store::JobRecord& record) {
  return boost::json::serialize(PriceJson(PriceOf(Book(), record, kNow)));
}

TEST(JobPriceTest, AWaitingJobHasARateAndNoCost) {
  EXPECT_EQ(PriceOf(Book(), Job("us-central1"), kNow).rate_text, "1.21 USD/h");
  EXPECT_EQ(boost::json::parse(Json(Job("us-central1"))), boost::json::parse(R"({
      "list":"2017-12","region":"us-central1","currency":"USD","unitsPerHour":2.4731,
      "perHour":1.2118,"text":"1.21 USD/h"})"));
}

TEST(JobPriceTest, ARunningJobHasACostAndADearRegionsJobACheaperOne) {
  store::JobRecord record = Job("europe-west1");
  Start(record);
  // 2.1333 h x 1.3355 USD.
  EXPECT_EQ(boost::json::parse(Json(record)), boost::json::parse(R"({
      "list":"2017-12","region":"europe-west1","currency":"USD","unitsPerHour":2.4731,
      "perHour":1.3355,"text":"1.34 USD/h",
      "cheapest":{"region":"us-central1","text":"1.21 USD/h"},
      "used":{"units":5.27,"money":2.85,"text":"5.27 units, 2.85 USD"}})"));
}

TEST(JobPriceTest, WhatTheListDoesNotHaveIsASentence) {
  store::JobRecord record = Job("australia-southeast1");
  Start(record);
  EXPECT_EQ(boost::json::parse(Json(record)), boost::json::parse(R"({
      "list":"2017-12","region":"australia-southeast1",
      "unknown":"The region australia-southeast1 is not in the price list 2017-12."})"));
}

TEST(JobPriceTest, AJobIsPricedByTheListItWasCreatedUnder) {
  store::JobRecord record = Job("us-central1");
  Start(record);
  record.set_price_list("2019-04");
  // 2.1333 h x 0.83 USD.
  EXPECT_EQ(PriceOf(Book(), record, kNow).used_text, "3.61 units, 1.77 USD");
  record.set_price_list("ours");
  EXPECT_EQ(boost::json::parse(Json(record)), boost::json::parse(R"({
      "list":"ours","region":"us-central1",
      "unknown":"The price list ours, in force when the job was created, is not among those of this server."})"));
}

}  // namespace
}  // namespace mlengine::engine_api
