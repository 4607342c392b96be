#include "model/resource_sample.h"

#include <algorithm>

namespace mlengine::model {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

double Rate(std::int64_t from, std::int64_t to, double seconds) {
  return to <= from ? 0 : static_cast<double>(to - from) / seconds;
}

}  // namespace

ResourceRates RatesBetween(const ResourceSample& from, const ResourceSample& to) {
  ResourceRates rates;
  const double seconds = std::chrono::duration<double>(to.elapsed - from.elapsed).count();
  if (seconds <= 0) return rates;
  rates.cores = Rate(from.cpu().count(), to.cpu().count(), seconds * 1000);
  if (from.disk && to.disk) {
    rates.disk_read = Rate(from.disk->read_bytes, to.disk->read_bytes, seconds);
    rates.disk_written = Rate(from.disk->written_bytes, to.disk->written_bytes, seconds);
  }
  if (!from.network || !to.network || from.network->of_host != to.network->of_host) return rates;
  const NetworkSample& a = *from.network;
  const NetworkSample& b = *to.network;
  rates.network_sent = Rate(a.sent_bytes, b.sent_bytes, seconds);
  rates.network_received = Rate(a.received_bytes, b.received_bytes, seconds);
  rates.loopback_sent = Rate(a.loopback_sent_bytes, b.loopback_sent_bytes, seconds);
  rates.loopback_received = Rate(a.loopback_received_bytes, b.loopback_received_bytes, seconds);
  return rates;
}

milliseconds SampleInterval(milliseconds elapsed) {
  if (elapsed < minutes(10)) return seconds(1);
  if (elapsed < hours(1)) return seconds(5);
  if (elapsed < hours(6)) return seconds(15);
  if (elapsed < hours(24)) return minutes(1);
  if (elapsed < hours(24 * 7)) return minutes(2);
  return minutes(10);
}

}  // namespace mlengine::model
