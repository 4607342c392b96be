// Requests to the ML API: jobs, models, versions and operations are made, listed, changed and
// cancelled.
#include "base/testing/fake_clock.h"
#include "door_input.h"
#include "fuzz_target.h"
#include "ml_api/routes.h"
#include "policy/job_validation.h"
#include "policy/model_validation.h"
#include "store/memory_job_store.h"
#include "store/memory_model_store.h"

namespace mlengine::fuzz {

FUZZ_TARGET(ml_door) {
  static const policy::RuntimeCatalog runtimes = policy::RuntimeCatalog::BuiltIn();
  static const policy::PriceBook prices = policy::PriceBook::BuiltIn();
  const FakeClock clock;
  const std::unique_ptr<store::JobStore> store = store::NewMemoryJobStore();
  const std::unique_ptr<store::ModelStore> models = store::NewMemoryModelStore();
  net::Router router;
  ml_api::RegisterMl(router, {.store = store.get(),
                              .models = models.get(),
                              .clock = &clock,
                              .runtimes = &runtimes,
                              .accept_work = OkStatus,
                              .prices = &prices});
  std::size_t created = 0;
  for (const DoorCall& call : SendAll(router, bytes)) {
    const bool made = call.request.method == "POST" && call.request.raw_path.ends_with("/jobs") &&
                      call.response.status == 200;
    if (made) ++created;
  }
  const auto unfinished = store->ListUnfinished();
  Require(unfinished.ok() && unfinished->size() <= created, "no job that was not acknowledged");
  for (const store::StoredJob& job : *unfinished) {
    Require(policy::IsJobId(job.record.job().job_id()), "every job has an id");
    Require(policy::IsProjectId(job.record.project()), "and a project");
  }
  const auto versions = models->ListVersions();
  Require(versions.ok(), "the versions can be read");
  for (const store::StoredResource& version : *versions) {
    Require(policy::IsModelName(version.key.name), "every version has a name");
    Require(models->Get(store::ModelKey(version.key.project, version.key.parent)).ok(),
            "and a model");
  }
  const auto open = models->ListOpenOperations();
  Require(open.ok() && open->size() >= versions->size(), "whoever is being made has an operation");
}

}  // namespace mlengine::fuzz
