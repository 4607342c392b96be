#include "engine_api/job_shape.h"

#include "policy/cluster.h"
#include "policy/job_work.h"

namespace mlengine::engine_api {
namespace {

using ml::v1::TrainingInput;

// The same bytes for equal inputs, as long as this program runs: there is no map in them.
std::string SharedPart(const TrainingInput& input) {
  TrainingInput shared = input;
  shared.clear_args();
  shared.clear_package_uris();
  shared.clear_job_dir();
  return shared.SerializeAsString();
}

}  // namespace

TrainingInput JobShape::Input() const {
  TrainingInput out;
  out.ParseFromString(input);
  return out;
}

const JobShape& JobShapes::Of(const store::JobRecord& record) {
  const TrainingInput& input = policy::WorkOf(record);
  std::pair<std::string, std::string> key{record.price_list(), SharedPart(input)};
  if (record.job().has_prediction_input()) key.first += '/';
  const auto found = known_.find(key);
  if (found != known_.end()) return *found->second;
  JobShape& shape = shapes_.emplace_back();
  shape.number = shapes_.size() - 1;
  shape.input = key.second;
  shape.type = record.job().has_prediction_input() ? "prediction" : "training";
  shape.tier = TrainingInput::ScaleTier_Name(input.scale_tier());
  shape.region = input.region();
  shape.module = input.python_module();
  shape.replicas = policy::ReplicaCount(input);
  const Result<const policy::PriceList*> list = prices_.ListOfJob(record.price_list());
  if (list.ok()) {
    const Result<policy::Rate> rate = (*list)->RateOf(input, input.region());
    if (rate.ok()) shape.list = *list;
    if (rate.ok()) shape.per_hour = rate->price_per_hour;
  }
  known_.emplace(std::move(key), &shape);
  return shape;
}

}  // namespace mlengine::engine_api
