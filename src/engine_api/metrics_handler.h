// GET /mlengine/v1/projects/{p}/jobs/{j}/metrics: the scalars in the event files of a job, and what
// its replicas used.
//   ?source=S   events (the default), resources, or all
//   ?tag=T      repeatable; with '*' at its end all that begin so
//   ?run=R      likewise
//   ?points=N   at most so many of each series, 1 to 10000; 1000 unless given
//   ?since_step=N   only points of steps after N
//   {"series":[{"run":"train","tag":"loss","count":"12000","min":0.1,"max":2.5,
//     "nonFinite":{"count":"3","firstStep":"120"},
//     "points":[{"step":"10","time":"2018-01-02T03:04:05.000000000Z","value":0.5}, …]}, …],
//    "warnings":["…"]}
// min and max are of the finite ones of all `count` values; without such, they are left out, as is
// nonFinite. A value may be "NaN", "Infinity" or "-Infinity".
//
// The resources of a replica are a run, "resources/master-replica-0", with all its restarts and
// attempts; a step is the whole seconds since its program was first started. Tags:
//   cpu                                  CPUs in use (CPU seconds a second)
//   memory                               bytes, PSS; memory_resident where only RSS can be told
//   processes, threads
//   disk_read, disk_written              bytes a second, from and to block devices
//   network_sent, network_received      bytes a second of TCP with other machines,
//   loopback_sent, loopback_received    and within this one; host_network_sent … are of the whole
//                                        machine, where sockets cannot be looked at
//   gpu0_duty, gpu0_memory, gpu1_duty … percent; bytes in use on the whole card
// A rate is that since the sample before. How often there is one: docs/formats/sample_file.md.
//
// GET …/metrics:folders: where they are looked for, and how many files are there. Reads none.
//   {"folders":[{"name":"","folder":"gs://bucket/job","files":2,
//     "localFolder":"/data/buckets/bucket/job"}, …]}
// localFolder: where the same files lie on the server's machine; left out when there is no such
// folder. "warning" tells why a folder could not be searched.
#pragma once

#include <memory>
#include <string>

#include "metrics/metric_store.h"
#include "net/router.h"
#include "store/job_store.h"

namespace mlengine::engine_api {

struct MetricsDeps {
  store::JobStore* store = nullptr;  // outlives the router
  std::shared_ptr<metrics::MetricStore> metrics;
  std::string jobs_dir;  // DATA/jobs
};

void RegisterMetrics(net::Router& router, const MetricsDeps& deps);

std::string MetricsJson(const metrics::MetricAnswer& answer);

}  // namespace mlengine::engine_api
