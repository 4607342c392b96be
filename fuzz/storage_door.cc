// Requests to the storage API: buckets and objects, uploads of every kind, ranges, copies.
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "door_input.h"
#include "fuzz_target.h"
#include "objects/memory_object_store.h"
#include "objects/object_names.h"
#include "storage_api/routes.h"

namespace mlengine::fuzz {

FUZZ_TARGET(storage_door) {
  static const TempDir dir;
  static const FakeClock clock;
  const std::unique_ptr<objects::ObjectStore> store = objects::NewMemoryObjectStore(clock);
  objects::Bucket bucket;
  bucket.name = "bkt";
  Require(store->CreateBucket(bucket).ok(), "there is a bucket");
  net::Router router;
  storage_api::RegisterStorage(router, {store.get(), &clock, {}, dir / "uploads"});
  for (const DoorCall& call : SendAll(router, bytes)) {
    Require(call.response.status != 500, "no request is an inner failure");
  }
  const auto all = store->List("bkt", {});
  if (!all.ok()) return;  // the bucket was deleted
  for (const objects::Object& object : all->objects)
    Require(objects::CheckObjectName(object.name).ok(), "every object has a name");
}

}  // namespace mlengine::fuzz
