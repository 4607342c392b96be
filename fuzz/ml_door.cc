// Requests to the ML API: jobs are made, listed, changed and cancelled.
#include "base/testing/fake_clock.h"
#include "door_input.h"
#include "fuzz_target.h"
#include "ml_api/routes.h"
#include "policy/job_validation.h"
#include "store/memory_job_store.h"

namespace mlengine::fuzz {

FUZZ_TARGET(ml_door) {
  static const policy::RuntimeCatalog runtimes = policy::RuntimeCatalog::BuiltIn();
  static const policy::PriceBook prices = policy::PriceBook::BuiltIn();
  const FakeClock clock;
  const std::unique_ptr<store::JobStore> store = store::NewMemoryJobStore();
  net::Router router;
  ml_api::RegisterMl(router, {.store = store.get(),
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
}

}  // namespace mlengine::fuzz
