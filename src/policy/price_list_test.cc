#include "policy/price_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/price_book.h"

namespace mlengine::policy {
namespace {

using ml::v1::AcceleratorConfig;
using ml::v1::TrainingInput;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::DoubleNear;
using ::testing::HasSubstr;

constexpr double kExact = 1e-9;
const Time kStart = FromUnixNanos(1'514'000'000'000'000'000);

PriceList List(const std::string& name) {
  Result<PriceList> list = PriceBook::BuiltIn().Choose(name);
  EXPECT_TRUE(list.ok()) << list.status().ToString();
  return list.value_or({});
}

PriceList Own(const std::string& yaml) {
  const Result<PriceBook> book = PriceBook::Parse("lists:\n  own: " + yaml + "\n", "own.yaml");
  EXPECT_TRUE(book.ok()) << book.status().ToString();
  return book.ok() ? book->lists().at(0) : PriceList();
}

TrainingInput Tier(TrainingInput::ScaleTier tier) {
  TrainingInput input;
  input.set_scale_tier(tier);
  return input;
}

TrainingInput Machine(const std::string& type) {
  TrainingInput input = Tier(TrainingInput::CUSTOM);
  input.set_master_type(type);
  return input;
}

std::vector<ReplicaLifetime> Times(int count, const std::string& role, Nanoseconds length) {
  return std::vector<ReplicaLifetime>(static_cast<std::size_t>(count),
                                      {role, kStart, kStart + length});
}

// 1 master, 4 workers and 3 parameter servers, all for that long.
std::vector<ReplicaLifetime> Standard1(Nanoseconds length) {
  std::vector<ReplicaLifetime> all = Times(1, "master", length);
  for (const auto& [count, role] : {std::pair(4, "worker"), {3, "ps"}}) {
    const auto some = Times(count, role, length);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Consumption Used(const PriceList& list, const TrainingInput& input,
                 const std::vector<ReplicaLifetime>& times,
                 const std::string& region = "us-central1") {
  const Result<Consumption> used = list.Consumed(input, region, times);
  EXPECT_TRUE(used.ok()) << used.status().ToString();
  return used.value_or({});
}

std::string Why(const Result<Rate>& rate) {
  return rate.ok() ? "priced" : rate.status().message();
}

// 10 h x 5.9234 units/h = 59.234, cut to 59.23. A unit costs 0.49 USD, so an hour 2.902466,
// published as 2.9025 USD; 10 h x 2.9025 = 29.025, rounded 29.03 USD.
TEST(PriceListTest, TenHoursOfStandard1By2017) {
  const Consumption used =
      Used(List("2017-12"), Tier(TrainingInput::STANDARD_1), Standard1(hours(10)));
  EXPECT_THAT(used.units, DoubleNear(59.23, kExact));
  EXPECT_THAT(used.money, DoubleNear(29.03, kExact));
}

// 10 h x 4.0571 = 40.571, cut to 40.57. An hour: 4.0571 x 0.49 = 1.987979, published as 1.9880;
// 10 h x 1.9880 = 19.88 USD.
TEST(PriceListTest, TenHoursOfStandard1By2019) {
  const Consumption used =
      Used(List("2019-04"), Tier(TrainingInput::STANDARD_1), Standard1(hours(10)));
  EXPECT_THAT(used.units, DoubleNear(40.57, kExact));
  EXPECT_THAT(used.money, DoubleNear(19.88, kExact));
}

// 2 h 8 min = 2.1333 h x 2.4731 = 5.27595, cut to 5.27. An hour: 2.4731 x 0.49 = 1.211819,
// published as 1.2118; 2.1333 x 1.2118 = 2.58517, rounded 2.59 USD.
TEST(PriceListTest, TwoHoursAndEightMinutesOfBasicGpuBy2017) {
  const Consumption used = Used(List("2017-12"), Tier(TrainingInput::BASIC_GPU),
                                Times(1, "master", hours(2) + minutes(8)));
  EXPECT_THAT(used.units, DoubleNear(5.27, kExact));
  EXPECT_THAT(used.money, DoubleNear(2.59, kExact));
}

// 2.1333 h x 1.6939 = 3.61365, cut to 3.61. An hour: 1.6939 x 0.49 = 0.830011, published as 0.8300;
// 2.1333 x 0.8300 = 1.77067, rounded 1.77 USD.
TEST(PriceListTest, TwoHoursAndEightMinutesOfBasicGpuBy2019) {
  const Consumption used = Used(List("2019-04"), Tier(TrainingInput::BASIC_GPU),
                                Times(1, "master", hours(2) + minutes(8)));
  EXPECT_THAT(used.units, DoubleNear(3.61, kExact));
  EXPECT_THAT(used.money, DoubleNear(1.77, kExact));
}

struct Row {
  TrainingInput input;
  double units;
  double us;
  double europe;  // and Asia; 0: not sold there
};

TEST(PriceListTest, EveryRowOfTheListOf2017) {
  const Row rows[] = {
      {Tier(TrainingInput::BASIC), 0.5661, 0.2774, 0.3057},
      {Machine("standard"), 0.5661, 0.2774, 0.3057},
      {Tier(TrainingInput::STANDARD_1), 5.9234, 2.9025, 3.1986},
      {Tier(TrainingInput::PREMIUM_1), 49.323, 24.1683, 26.6344},
      {Tier(TrainingInput::BASIC_GPU), 2.4731, 1.2118, 1.3355},
      {Machine("standard_gpu"), 2.4731, 1.2118, 1.3355},
      {Tier(TrainingInput::BASIC_TPU), 13.9743, 6.8474, 0},
      {Machine("large_model"), 1.4111, 0.6915, 0.7620},
      {Machine("complex_model_s"), 0.845, 0.4141, 0.4563},
      {Machine("complex_model_m"), 1.69, 0.8281, 0.9126},
      {Machine("complex_model_l"), 3.38, 1.6562, 1.8252},
      {Machine("complex_model_m_gpu"), 7.6278, 3.7376, 4.1190},
      {Machine("complex_model_l_gpu"), 15.2555, 7.4752, 8.2380},
      {Machine("standard_p100"), 5.4824, 2.6864, 2.9605},
      {Machine("complex_model_m_p100"), 19.6653, 9.6360, 10.6193},
      {Machine("standard_v100"), 8.5216, 4.1756, 4.6017},
      {Machine("large_model_v100"), 8.8005, 4.3123, 4.7523},
      {Machine("complex_model_m_v100"), 31.8220, 15.5928, 17.1839},
      {Machine("complex_model_l_v100"), 63.6441, 31.1856, 34.3678},
      {Machine("cloud_tpu"), 13.4082, 6.5700, 0},
  };
  const PriceList list = List("2017-12");
  for (const Row& row : rows) {
    SCOPED_TRACE(row.input.ShortDebugString());
    const auto check = [&](const std::string& region, double price) {
      const Result<Rate> rate = list.RateOf(row.input, region);
      if (price == 0) {
        EXPECT_THAT(Why(rate), HasSubstr("cloud_tpu has no price in " + region));
        return;
      }
      ASSERT_TRUE(rate.ok()) << rate.status().ToString();
      EXPECT_THAT(rate->units_per_hour, DoubleNear(row.units, kExact));
      EXPECT_THAT(rate->price_per_hour, DoubleNear(price, kExact)) << region;
    };
    for (const char* region : {"us-central1", "us-east1"}) check(region, row.us);
    for (const char* region : {"europe-west1", "asia-east1"}) check(region, row.europe);
  }
}

TEST(PriceListTest, TheFiguresOf2019) {
  const struct {
    TrainingInput input;
    double units;
    double price;
  } rows[] = {
      {Tier(TrainingInput::BASIC), 0.3878, 0.1900},
      {Machine("n1-standard-4"), 0.3878, 0.1900},
      {Machine("n1-standard-8"), 0.7755, 0.3800},
      {Machine("n1-standard-16"), 1.5510, 0.7600},
      {Machine("n1-standard-32"), 3.1020, 1.5200},
      {Machine("n1-standard-64"), 6.2041, 3.0400},
      {Machine("n1-standard-96"), 9.3061, 4.5600},
      {Machine("n1-highmem-2"), 0.2416, 0.1184},
      {Machine("large_model"), 0.9665, 0.4736},
      {Machine("complex_model_s"), 0.5788, 0.2836},
      {Machine("complex_model_m"), 1.1576, 0.5672},
      {Machine("complex_model_l"), 2.3151, 1.1344},
      {Tier(TrainingInput::BASIC_GPU), 1.6939, 0.8300},
      {Machine("complex_model_m_gpu"), 5.2245, 2.5600},
      {Tier(TrainingInput::STANDARD_1), 4.0571, 1.9880},
      {Tier(TrainingInput::PREMIUM_1), 33.7829, 16.5536},
      {Tier(TrainingInput::BASIC_TPU), 9.5714, 4.6900},
  };
  for (const auto& row : rows) {
    const Result<Rate> rate = List("2019-04").RateOf(row.input, "us-west1");
    ASSERT_TRUE(rate.ok()) << rate.status().ToString();
    EXPECT_THAT(rate->units_per_hour, DoubleNear(row.units, kExact)) << row.price;
    EXPECT_THAT(rate->price_per_hour, DoubleNear(row.price, kExact)) << row.units;
  }
}

// 1 x 0.8281 + 9 x 0.8281 + 3 x 0.6915: 13 replicas. 10 x 1.69 + 3 x 1.4111 = 21.1333 units.
TEST(PriceListTest, ACustomClusterIsTheSumOfItsMachines) {
  TrainingInput input = Machine("complex_model_m");
  input.set_worker_type("complex_model_m");
  input.set_worker_count(9);
  input.set_parameter_server_type("large_model");
  input.set_parameter_server_count(3);
  const PriceList list = List("2017-12");
  const Result<Rate> rate = list.RateOf(input, "us-central1");
  ASSERT_TRUE(rate.ok());
  EXPECT_THAT(rate->units_per_hour, DoubleNear(21.1333, kExact));
  EXPECT_THAT(rate->price_per_hour, DoubleNear(10.3555, kExact));  // 8.281 + 2.0745
  EXPECT_EQ(RateText(*rate, list), "10.36 USD/h");
}

TEST(PriceListTest, AddedAcceleratorsCostOnTopOfTheMachine) {
  TrainingInput input = Machine("n1-standard-8");
  auto& added = *input.mutable_master_config()->mutable_accelerator_config();
  added.set_type(AcceleratorConfig::NVIDIA_TESLA_T4);
  added.set_count(2);
  // 0.3800 + 2 x 0.9500, and from 2020-01-14 2 x 0.3500.
  EXPECT_THAT(List("2019-04").RateOf(input, "us-east1")->price_per_hour, DoubleNear(2.28, kExact));
  EXPECT_THAT(List("2020-01").RateOf(input, "us-east1")->price_per_hour, DoubleNear(1.08, kExact));
  added.set_type(AcceleratorConfig::NVIDIA_TESLA_P4);
  EXPECT_EQ(Why(List("2020-01").RateOf(input, "us-east1")),
            "NVIDIA_TESLA_P4 is not in the price list 2020-01.");
}

TEST(PriceListTest, PartsByThemselvesCostWhatTheyAddToAJob) {
  const PriceList list = List("2019-04");
  for (const char* name : {"standard", "standard_gpu", "n1-standard-8"}) {
    EXPECT_EQ(list.RateOfMachine(*FindMachineType(name), "us-east1")->price_per_hour,
              list.RateOf(Machine(name), "us-east1")->price_per_hour)
        << name;
  }
  EXPECT_NEAR(
      list.RateOfAccelerator(AcceleratorConfig::NVIDIA_TESLA_T4, "us-east1")->price_per_hour, 0.95,
      kExact);
  EXPECT_EQ(Why(list.RateOfAccelerator(AcceleratorConfig::NVIDIA_TESLA_K80, "us-east1")),
            "NVIDIA_TESLA_K80 is not in the price list 2019-04.");
  EXPECT_EQ(Why(list.RateOfMachine(*FindMachineType("standard"), "europe-west1")),
            "The region europe-west1 is not in the price list 2019-04.");
  const PriceList flat = Own("{currency: EUR, replicaHour: 0.05}");
  EXPECT_EQ(flat.RateOfMachine(*FindMachineType("standard"), "nowhere")->price_per_hour, 0.05);
  EXPECT_EQ(flat.RateOfAccelerator(AcceleratorConfig::NVIDIA_TESLA_K80, "x")->price_per_hour, 0);
}

TEST(PriceListTest, SaysWhatTheListDoesNotHave) {
  EXPECT_EQ(Why(List("2017-12").RateOf(Machine("n1-standard-8"), "us-central1")),
            "n1-standard-8 is not in the price list 2017-12.");
  EXPECT_EQ(Why(List("2019-04").RateOf(Machine("standard_p100"), "us-central1")),
            "standard_p100 is not in the price list 2019-04.");
  EXPECT_EQ(Why(List("2019-04").RateOf(Tier(TrainingInput::BASIC), "europe-west1")),
            "The region europe-west1 is not in the price list 2019-04.");
  EXPECT_EQ(Why(List("2017-12").RateOf(Tier(TrainingInput::BASIC), "australia-southeast1")),
            "The region australia-southeast1 is not in the price list 2017-12.");
  EXPECT_FALSE(List("2017-12").Consumed(Machine("n1-standard-8"), "us-central1", {}).ok());
}

// The original told a job of May 2018 as 0.73: 7 min 24 s of its eight replicas.
TEST(PriceListTest, EachReplicaCountsForItsOwnLife) {
  const PriceList list = List("2017-12");
  const TrainingInput input = Tier(TrainingInput::STANDARD_1);
  EXPECT_THAT(Used(list, input, Standard1(minutes(7) + seconds(24))).units,
              DoubleNear(0.73, kExact));
  // A worker that fails after an hour and is started again for one more costs 2 of the 10 hours:
  // 59.234 less 8 x 0.845 (times 5.9234 / 5.9233) = 52.4739.
  std::vector<ReplicaLifetime> times = Standard1(hours(10));
  ASSERT_EQ(times[1].role, "worker");
  times[1].end = kStart + hours(1);
  times.push_back({"worker", kStart + hours(2), kStart + hours(3)});
  EXPECT_THAT(Used(list, input, times).units, DoubleNear(52.47, kExact));
  EXPECT_THAT(Used(list, input, {}).units, DoubleNear(0, kExact));
  EXPECT_THAT(Used(list, input, {{"master", kStart + hours(1), kStart}}).units,
              DoubleNear(0, kExact));
}

TEST(PriceListTest, UnitsAreCutAndWholeOnesStayWhole) {
  const PriceList list = List("2019-04");
  // The original told 0.96 h of 1.9331 units as 1.85: 1.8558.
  const PriceList own =
      Own("{currency: USD, regions: {us: {unitPrice: 0.49, regions: [us-*]}}, "
          "machines: {n1-highmem-16: 1.9331}}");
  EXPECT_THAT(Used(own, Machine("n1-highmem-16"), Times(1, "master", seconds(3456))).units,
              DoubleNear(1.85, kExact));
  // 150 h x 0.3878 = 58.17, and 125 h x 0.2774 USD = 34.675; both a little less as doubles.
  EXPECT_THAT(Used(list, Machine("standard"), Times(1, "master", hours(150))).units,
              DoubleNear(58.17, kExact));
  EXPECT_THAT(Used(List("2017-12"), Machine("standard"), Times(1, "master", hours(125))).money,
              DoubleNear(34.68, kExact));
}

TEST(PriceListTest, AFlatListPricesEveryReplicaEverywhere) {
  const PriceList list = Own("{currency: EUR, replicaHour: 0.05}");
  const Result<Rate> rate = list.RateOf(Tier(TrainingInput::STANDARD_1), "nowhere");
  ASSERT_TRUE(rate.ok());
  EXPECT_THAT(rate->units_per_hour, DoubleNear(8, kExact));
  EXPECT_EQ(RateText(*rate, list), "0.40 EUR/h");
  const Consumption used = Used(list, Tier(TrainingInput::STANDARD_1), Standard1(hours(10)));
  EXPECT_THAT(used.units, DoubleNear(80, kExact));
  EXPECT_THAT(used.money, DoubleNear(4, kExact));
  EXPECT_EQ(RateText(*list.RateOf(Machine("a2-highgpu-1g"), "us-central1"), list), "0.0500 EUR/h");

  const PriceList free = Own("{currency: USD, replicaHour: 0}");
  EXPECT_EQ(RateText(*free.RateOf(Tier(TrainingInput::BASIC), "us-central1"), free), "0.00 USD/h");
  EXPECT_THAT(Used(free, Tier(TrainingInput::BASIC), Times(1, "master", hours(3))).units,
              DoubleNear(3, kExact));
}

TEST(PriceListTest, ATierIsSharedEvenlyWhenItsMachinesAreNotInTheList) {
  const PriceList list = Own(
      "{currency: USD, regions: {us: {unitPrice: 1, regions: [us-*]}}, machines: {standard: 1}, "
      "tiers: {STANDARD_1: 16}}");
  // 16 units an hour by 8 replicas: one of them for 3 h is 6.
  EXPECT_THAT(Used(list, Tier(TrainingInput::STANDARD_1), Times(1, "worker", hours(3))).units,
              DoubleNear(6, kExact));
}

}  // namespace
}  // namespace mlengine::policy
