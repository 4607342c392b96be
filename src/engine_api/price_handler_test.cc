#include "engine_api/price_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace mlengine::engine_api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class PriceHandlerTest : public testing::Test {
 protected:
  PriceHandlerTest() {
    RegisterPrices(
        router_,
        {&prices_,
         policy::RegionTable({{"us-central1", {"none", ""}}, {"us-east1", {"local", "2019-04"}}}),
         [] { return std::vector<std::string>{"system", "2.19"}; }});
  }
  json::value Call(std::vector<std::pair<std::string, std::string>> query = {}) {
    net::Request request;
    request.query = std::move(query);
    const net::Router::Match match = router_.Find("GET", "/mlengine/v1/prices");
    const net::Response response = match.route->handler(request);
    status_ = response.status;
    return json::parse(response.body);
  }
  static json::object Named(const json::value& list, std::string_view key, std::string_view name) {
    for (const json::value& one : list.as_array()) {
      if (one.at(key).as_string() == name) return one.as_object();
    }
    ADD_FAILURE() << name;
    return {};
  }

  const policy::PriceBook prices_ = policy::PriceBook::BuiltIn();
  net::Router router_;
  int status_ = 0;
};

TEST_F(PriceHandlerTest, TheListOfTheRegion) {
  const json::value prices = Call({{"region", "europe-west1"}});
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(prices.at("list"), "2017-12");
  EXPECT_EQ(prices.at("currency"), "USD");
  EXPECT_EQ(prices.at("runtimes"), json::array({"system", "2.19"}));
  const json::object tier = Named(prices.at("tiers"), "name", "STANDARD_1");
  EXPECT_NEAR(tier.at("perHour").as_double(), 3.1986, 1e-9);  // 5.9234 units of 0.54
  EXPECT_NEAR(tier.at("unitsPerHour").as_double(), 5.9234, 1e-9);
  EXPECT_EQ(tier.at("replicas").as_array().size(), 3U);
  EXPECT_EQ(tier.at("replicas").at(1).at("count"), 4);
  const json::object machine = Named(prices.at("machineTypes"), "name", "complex_model_m_gpu");
  EXPECT_EQ(machine.at("accelerators"), json::parse(R"([{"type":"NVIDIA_TESLA_K80","count":4}])"));
  EXPECT_NEAR(machine.at("perHour").as_double(), 4.119, 1e-9);  // 7.6278 units
  EXPECT_EQ(prices.at("tiers").as_array().size(), 5U) << "CUSTOM has no price of its own";
}

TEST_F(PriceHandlerTest, WhatHasNoPriceHasNone) {
  const json::value prices = Call({{"region", "us-east1"}});
  EXPECT_EQ(prices.at("list"), "2019-04");
  EXPECT_TRUE(Named(prices.at("machineTypes"), "name", "n1-standard-8").contains("perHour"));
  EXPECT_FALSE(Named(prices.at("machineTypes"), "name", "standard_p100").contains("perHour"));
  EXPECT_NEAR(Named(prices.at("accelerators"), "type", "NVIDIA_TESLA_T4").at("perHour").as_double(),
              0.95, 1e-9);
  EXPECT_FALSE(Named(prices.at("accelerators"), "type", "NVIDIA_TESLA_V100").contains("perHour"));
}

TEST_F(PriceHandlerTest, RegionsAreThoseThatTakeJobs) {
  const json::value prices = Call();
  EXPECT_EQ(prices.at("region"), prices.at("regions").at(0)) << "us-central1 is closed";
  EXPECT_EQ(json::serialize(prices.at("regions")).find("us-central1"), std::string::npos);
  for (const char* region : {"us-central1", "nowhere"}) {
    EXPECT_THAT(json::serialize(Call({{"region", region}})), HasSubstr("takes no jobs here"));
    EXPECT_EQ(status_, 400);
  }
}

}  // namespace
}  // namespace mlengine::engine_api
