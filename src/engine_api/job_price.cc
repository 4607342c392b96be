#include "engine_api/job_price.h"

#include <cstdio>

#include "policy/job_work.h"
#include "policy/regions.h"
#include "policy/replica_lifetimes.h"

namespace mlengine::engine_api {
namespace {

std::string UnitsText(double units) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.2f units, ", units);
  return text;
}

void FindCheapest(const policy::PriceList& list, const ml::v1::TrainingInput& input,
                  JobPrice& price) {
  double lowest = price.rate.price_per_hour;
  for (const std::string& region : policy::TrainingRegions()) {
    const Result<policy::Rate> rate = list.RateOf(input, region);
    if (!rate.ok() || rate->price_per_hour >= lowest) continue;
    lowest = rate->price_per_hour;
    price.cheapest_region = region;
    price.cheapest_text = policy::RateText(*rate, list);
  }
}

}  // namespace

JobPrice PriceOf(const policy::PriceBook& book, const store::JobRecord& record, Time now) {
  const ml::v1::TrainingInput& input = policy::WorkOf(record);
  JobPrice price;
  price.list = record.price_list().empty() ? book.Default().name : record.price_list();
  price.region = input.region();
  const Result<const policy::PriceList*> of_job = book.ListOfJob(price.list);
  if (!of_job.ok()) {
    price.unknown = of_job.status().message();
    return price;
  }
  const policy::PriceList& list = **of_job;
  price.currency = list.currency;
  const Result<policy::Rate> rate = list.RateOf(input, input.region());
  if (!rate.ok()) {
    price.unknown = rate.status().message();
    return price;
  }
  price.rate = *rate;
  price.rate_text = policy::RateText(*rate, list);
  FindCheapest(list, input, price);
  const auto lifetimes = policy::LifetimesOf(record, now);
  const Result<policy::Consumption> used = list.Consumed(input, input.region(), lifetimes);
  if (!used.ok() || lifetimes.empty()) return price;
  price.used = *used;
  price.used_text = UnitsText(used->units) + policy::MoneyText(used->money, list.currency);
  return price;
}

boost::json::object PriceJson(const JobPrice& price) {
  boost::json::object out{{"list", price.list}, {"region", price.region}};
  if (!price.unknown.empty()) {
    out["unknown"] = price.unknown;
    return out;
  }
  out["currency"] = price.currency;
  out["unitsPerHour"] = price.rate.units_per_hour;
  out["perHour"] = price.rate.price_per_hour;
  out["text"] = price.rate_text;
  if (!price.cheapest_region.empty())
    out["cheapest"] = {{"region", price.cheapest_region}, {"text", price.cheapest_text}};
  if (!price.used_text.empty()) {
    out["used"] = {
        {"units", price.used.units}, {"money", price.used.money}, {"text", price.used_text}};
  }
  return out;
}

}  // namespace mlengine::engine_api
