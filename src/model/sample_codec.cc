#include "model/sample_codec.h"

#include <algorithm>
#include <limits>

#include "base/digest.h"

namespace mlengine::model {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kMagic = "mlengine-sample";
constexpr char kVersion = 1;
constexpr std::size_t kHeaderBytes = 28;
constexpr char kMark = '\xA7';
constexpr std::size_t kFrameBytes = 7;  // mark, length, checksum
constexpr std::size_t kMostPayload = 512;
// Far beyond any job, and small enough that sums do not overflow.
constexpr std::int64_t kMostStart = 7'200'000'000'000'000'000;  // ns; the year 2198
constexpr std::int64_t kMostElapsed = std::int64_t{1} << 40;    // ms; 34 years
constexpr std::int64_t kMostCount = std::int64_t{1} << 62;
constexpr int kMostTasks = 1 << 30;
constexpr int kMiBShift = 20;

constexpr std::uint64_t kResident = 1;
constexpr std::uint64_t kDisk = 2;
constexpr std::uint64_t kNetwork = 4;
constexpr std::uint64_t kOfHost = 8;

void PutFixed(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t GetFixed(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    value |= static_cast<std::uint64_t>(byte) << (8 * i);
  }
  return value;
}

void Put(std::int64_t number, std::string& out) {
  auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(number, 0, kMostCount));
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

// Reads the fields of a payload one by one. One that is too long, too large or not there makes it
// bad, and is 0.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  std::int64_t Take(std::int64_t most = kMostCount) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80 && value <= static_cast<std::uint64_t>(most))
        return static_cast<std::int64_t>(value);
      if (byte < 0x80) break;
    }
    good_ = false;
    return 0;
  }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void PutGpus(const std::vector<GpuSample>& gpus, std::string& out) {
  const std::size_t count = std::min(gpus.size(), kMostSampledGpus);
  Put(static_cast<std::int64_t>(count), out);
  for (std::size_t i = 0; i < count; ++i) {
    const GpuSample& gpu = gpus[i];
    Put(gpu.duty_percent ? std::clamp(*gpu.duty_percent, 0, 100) + 1 : 0, out);
    Put(gpu.memory_bytes ? (std::max<std::int64_t>(*gpu.memory_bytes, 0) >> kMiBShift) + 1 : 0,
        out);
  }
}

std::vector<GpuSample> TakeGpus(Fields& fields) {
  std::vector<GpuSample> gpus(
      static_cast<std::size_t>(fields.Take(static_cast<std::int64_t>(kMostSampledGpus))));
  for (GpuSample& gpu : gpus) {
    if (const auto duty = fields.Take(101); duty > 0) gpu.duty_percent = static_cast<int>(duty - 1);
    if (const auto memory = fields.Take(kMostCount >> kMiBShift); memory > 0)
      gpu.memory_bytes = (memory - 1) << kMiBShift;
  }
  return gpus;
}

std::string Payload(const ResourceSample& sample) {
  std::string out;
  std::uint64_t flags = sample.memory_is_resident ? kResident : 0;
  if (sample.disk) flags |= kDisk;
  if (sample.network) flags |= kNetwork | (sample.network->of_host ? kOfHost : 0);
  Put(std::min<std::int64_t>(sample.elapsed.count(), kMostElapsed), out);
  Put(static_cast<std::int64_t>(flags), out);
  Put(std::min<std::int64_t>(sample.cpu_user.count(), kMostElapsed << 16), out);
  Put(std::min<std::int64_t>(sample.cpu_system.count(), kMostElapsed << 16), out);
  Put(sample.memory_bytes, out);
  Put(std::min(sample.processes, kMostTasks), out);
  Put(std::min(sample.threads, kMostTasks), out);
  if (sample.disk) {
    Put(sample.disk->read_bytes, out);
    Put(sample.disk->written_bytes, out);
  }
  if (sample.network) {
    Put(sample.network->sent_bytes, out);
    Put(sample.network->received_bytes, out);
    Put(sample.network->loopback_sent_bytes, out);
    Put(sample.network->loopback_received_bytes, out);
  }
  PutGpus(sample.gpus, out);
  return out;
}

// False when it is none. What a newer writer put behind the known fields is not looked at.
bool ReadPayload(std::string_view bytes, ResourceSample& sample) {
  Fields fields(bytes);
  sample.elapsed = milliseconds(fields.Take(kMostElapsed));
  const auto flags = static_cast<std::uint64_t>(fields.Take());
  sample.memory_is_resident = (flags & kResident) != 0;
  sample.cpu_user = milliseconds(fields.Take(kMostElapsed << 16));
  sample.cpu_system = milliseconds(fields.Take(kMostElapsed << 16));
  sample.memory_bytes = fields.Take();
  sample.processes = static_cast<int>(fields.Take(kMostTasks));
  sample.threads = static_cast<int>(fields.Take(kMostTasks));
  if ((flags & kDisk) != 0) {
    sample.disk.emplace();
    sample.disk->read_bytes = fields.Take();
    sample.disk->written_bytes = fields.Take();
  }
  if ((flags & kNetwork) != 0) {
    sample.network.emplace();
    sample.network->sent_bytes = fields.Take();
    sample.network->received_bytes = fields.Take();
    sample.network->loopback_sent_bytes = fields.Take();
    sample.network->loopback_received_bytes = fields.Take();
    sample.network->of_host = (flags & kOfHost) != 0;
  }
  sample.gpus = TakeGpus(fields);
  return fields.good();
}

}  // namespace

std::string SampleFileHeader(Time start) {
  std::string out(kMagic);
  out += kVersion;
  const std::int64_t nanos = std::clamp<std::int64_t>(ToUnixNanos(start), 0, kMostStart);
  PutFixed(static_cast<std::uint64_t>(nanos), 8, out);
  PutFixed(ExtendCrc32c(0, out), 4, out);
  return out;
}

void EncodeSample(const ResourceSample& sample, std::string& out) {
  const std::string payload = Payload(sample);
  std::string summed;
  PutFixed(payload.size(), 2, summed);
  summed += payload;
  out += kMark;
  PutFixed(payload.size(), 2, out);
  PutFixed(ExtendCrc32c(0, summed), 4, out);
  out += payload;
}

Status SampleReader::TakeHeader() {
  const std::string_view header(kept_.data(), kHeaderBytes);
  if (!header.starts_with(kMagic)) return DataLossError("it is no sample file");
  if (header[kMagic.size()] != kVersion) {
    return FailedPreconditionError("it has version " +
                                   std::to_string(static_cast<int>(header[kMagic.size()])) +
                                   " of a sample file, version 1 is known");
  }
  const auto start = static_cast<std::int64_t>(GetFixed(header, kMagic.size() + 1, 8));
  if (GetFixed(header, kHeaderBytes - 4, 4) !=
          ExtendCrc32c(0, header.substr(0, kHeaderBytes - 4)) ||
      start < 0 || start > kMostStart) {
    return DataLossError("the beginning of the sample file is damaged");
  }
  start_ = FromUnixNanos(start);
  has_header_ = true;
  return OkStatus();
}

// The samples of a file are in the order of their times; one that is not is no record.
SampleReader::Look SampleReader::LookAt(std::size_t at, ResourceSample& sample,
                                        std::size_t& length) const {
  const std::string_view bytes = std::string_view(kept_).substr(at);
  if (bytes.front() != kMark) return Look::kNone;
  if (bytes.size() < 3) return Look::kTooFew;
  const std::size_t payload = GetFixed(bytes, 1, 2);
  if (payload > kMostPayload) return Look::kNone;
  length = kFrameBytes + payload;
  if (bytes.size() < length) return Look::kTooFew;
  const std::uint32_t crc =
      ExtendCrc32c(ExtendCrc32c(0, bytes.substr(1, 2)), bytes.substr(kFrameBytes, payload));
  if (GetFixed(bytes, 3, 4) != crc) return Look::kNone;
  sample = {};
  if (!ReadPayload(bytes.substr(kFrameBytes, payload), sample)) return Look::kNone;
  if (sample.elapsed <= last_) return Look::kNone;
  sample.time = start_ + sample.elapsed;
  return Look::kRecord;
}

// What seems to be cut is not when a record follows it: its length is damaged, or its mark was
// chance. No more than a record's length is looked through.
bool SampleReader::HasRecordBehind(std::size_t at) const {
  ResourceSample sample;
  std::size_t length = 0;
  while (++at < kept_.size()) {
    if (LookAt(at, sample, length) == Look::kRecord) return true;
  }
  return false;
}

Status SampleReader::Add(std::string_view bytes,
                         const std::function<void(const ResourceSample&)>& tell) {
  offset_ += bytes.size();
  if (!failed_.ok()) return failed_;
  kept_ += bytes;
  std::size_t at = 0;
  if (!has_header_) {
    if (kept_.size() < kHeaderBytes) return OkStatus();
    failed_ = TakeHeader();
    if (!failed_.ok()) {
      kept_.clear();
      return failed_;
    }
    at = kHeaderBytes;
  }
  ResourceSample sample;
  std::size_t length = 0;
  while (at < kept_.size()) {
    const Look look = LookAt(at, sample, length);
    if (look == Look::kTooFew && !HasRecordBehind(at)) break;
    if (look != Look::kRecord) {
      ++doubtful_bytes_;
      ++at;
      continue;
    }
    damaged_bytes_ += doubtful_bytes_;
    doubtful_bytes_ = 0;
    last_ = sample.elapsed;
    at += length;
    tell(sample);
  }
  kept_.erase(0, at);
  return OkStatus();
}

}  // namespace mlengine::model
