// Sample files: the same comes out however the bytes are cut, what comes out can be written again
// and gives the same, and rates of any two samples are numbers.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/digest.h"
#include "fuzz_target.h"
#include "model/sample_codec.h"

namespace mlengine::fuzz {
namespace {

using model::ResourceSample;

struct Reading {
  model::SampleReader reader;
  std::vector<ResourceSample> samples;
  Status status;

  Reading(std::string_view bytes, std::size_t piece) {
    while (!bytes.empty()) {
      status = reader.Add(bytes.substr(0, piece),
                          [this](const ResourceSample& sample) { samples.push_back(sample); });
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
};

void CheckAgain(const std::vector<ResourceSample>& samples) {
  if (samples.empty()) return;
  const Time start = samples[0].time - samples[0].elapsed;
  std::string bytes = model::SampleFileHeader(start);
  for (const ResourceSample& sample : samples) model::EncodeSample(sample, bytes);
  const Reading again(bytes, bytes.size());
  Require(again.status.ok() && again.samples == samples, "what was read can be written");
  Require(again.reader.damaged_bytes() == 0, "and has no damage");
}

// A record with the right checksum.
std::string Frame(std::string_view payload) {
  const auto byte = [](std::uint64_t value, int at) {
    return static_cast<char>(value >> (8 * at) & 0xFF);
  };
  std::string summed = {byte(payload.size(), 0), byte(payload.size(), 1)};
  summed += payload;
  const std::uint32_t crc = ExtendCrc32c(0, summed);
  std::string out = {'\xA7',       summed[0],    summed[1],   byte(crc, 0),
                     byte(crc, 1), byte(crc, 2), byte(crc, 3)};
  return out.append(payload);
}

void CheckFile(std::string_view bytes) {
  const Reading whole(bytes, std::max<std::size_t>(bytes.size(), 1));
  for (const std::size_t piece : {1U, 13U}) {
    const Reading pieces(bytes, piece);
    Require(pieces.samples == whole.samples, "pieces change nothing");
    Require(pieces.status.code() == whole.status.code(), "nor the status");
    Require(pieces.reader.damaged_bytes() == whole.reader.damaged_bytes(), "nor the damage");
  }
  Require(whole.reader.offset() == bytes.size(), "all bytes are taken");
  Require(whole.reader.damaged_bytes() <= bytes.size(), "no more is damaged than there is");
  for (std::size_t i = 1; i < whole.samples.size(); ++i) {
    Require(whole.samples[i - 1].time < whole.samples[i].time, "times go on");
    const model::ResourceRates rates = RatesBetween(whole.samples[i - 1], whole.samples[i]);
    Require(std::isfinite(rates.cores) && rates.cores >= 0, "cores are a number");
    Require(std::isfinite(rates.disk_read) && rates.network_sent >= 0, "bytes are numbers");
  }
  CheckAgain(whole.samples);
}

}  // namespace

// The first byte chooses: a file as it is; or payloads, parted by lines "--8<--", each put into a
// frame with the right checksum, which no mutation of bytes would find.
FUZZ_TARGET(sample_file) {
  if (bytes.empty()) return;
  const bool is_file = (bytes[0] & 1) != 0;
  bytes.remove_prefix(1);
  if (is_file) return CheckFile(bytes);
  std::string file = model::SampleFileHeader(FromUnixNanos(1'514'862'245'000'000'000));
  for (const std::string& payload : SplitInput(bytes, 4)) file += Frame(payload);
  CheckFile(file);
}

}  // namespace mlengine::fuzz
