// JobShape: what many jobs of a table have in common, kept once for all of them: their input but
// for what is nearly each job's own (args, packageUris, jobDir), and what follows from it.
// JobShapes owns them; they live as long as it does, and are added while its owner holds its lock.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "policy/price_book.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct JobShape {
  std::size_t number = 0;  // from 0, in order of appearance
  std::string input;       // the serialized TrainingInput
  std::string type;        // "training" or "prediction"
  std::string tier;
  std::string region;
  std::string module;
  int replicas = 0;
  // Null: there is no price for such a job. Else it outlives the shape, as the book does.
  const policy::PriceList* list = nullptr;
  double per_hour = 0;  // in the list's currency

  ml::v1::TrainingInput Input() const;
};

class JobShapes {
 public:
  // `prices` outlives the object.
  explicit JobShapes(const policy::PriceBook& prices) : prices_(prices) {}

  const JobShape& Of(const store::JobRecord& record);
  // By their numbers.
  const std::deque<JobShape>& all() const { return shapes_; }

 private:
  const policy::PriceBook& prices_;
  std::deque<JobShape> shapes_;
  // By price list and serialized input.
  std::map<std::pair<std::string, std::string>, const JobShape*> known_;
};

}  // namespace mlengine::engine_api
