#include "model/sample_codec.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/digest.h"

namespace mlengine::model {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Time kStart{Nanoseconds(1'514'862'245'000'000'000)};

ResourceSample SampleAt(milliseconds elapsed) {
  ResourceSample sample;
  sample.time = kStart + elapsed;
  sample.elapsed = elapsed;
  sample.cpu_user = elapsed / 2;
  sample.cpu_system = elapsed / 10;
  sample.memory_bytes = 123'456'789'012;
  sample.processes = 3;
  sample.threads = 40;
  sample.disk = DiskSample{1'000'000, elapsed.count() * 1000};
  sample.network = NetworkSample{1, 2, 3, 4, false};
  sample.gpus = {{97, std::int64_t{79} << 30}, {std::nullopt, 0}, {0, std::nullopt}};
  return sample;
}

std::string FileOf(const std::vector<ResourceSample>& samples) {
  std::string bytes = SampleFileHeader(kStart);
  for (const ResourceSample& sample : samples) EncodeSample(sample, bytes);
  return bytes;
}

struct Reading {
  SampleReader reader;
  std::vector<ResourceSample> samples;
  Status status;
  explicit Reading(std::string_view bytes, std::size_t piece = 1U << 20) {
    for (; !bytes.empty() && status.ok(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      status = reader.Add(bytes.substr(0, piece),
                          [this](const ResourceSample& sample) { samples.push_back(sample); });
    }
  }
};

TEST(SampleCodec, ReadsWhatWasWritten) {
  ResourceSample bare;
  bare.elapsed = seconds(2);
  bare.time = kStart + seconds(2);
  bare.memory_is_resident = true;
  ResourceSample of_host = SampleAt(seconds(3));
  of_host.network->of_host = true;
  const std::vector<ResourceSample> all = {SampleAt(milliseconds(0)), bare, of_host};
  for (const std::size_t piece : {1U, 7U, 1000U}) {
    const Reading reading(FileOf(all), piece);
    EXPECT_TRUE(reading.status.ok()) << reading.status.ToString();
    EXPECT_EQ(reading.samples, all);
    EXPECT_EQ(reading.reader.damaged_bytes(), 0U);
    EXPECT_EQ(reading.reader.offset(), FileOf(all).size());
  }
}

TEST(SampleCodec, TheBytesAreThoseOfVersionOne) {
  ResourceSample sample;
  sample.elapsed = milliseconds(1000);
  sample.cpu_user = milliseconds(300);
  sample.memory_bytes = 1 << 20;
  sample.processes = 1;
  sample.threads = 2;
  sample.disk = DiskSample{5, 6};
  sample.gpus = {{50, std::int64_t{3} << 20}};
  EXPECT_EQ(HexEncode(FileOf({sample})),
            "6d6c656e67696e652d73616d706c65"  // mlengine-sample
            "01"
            "0032e08c2fdf0515"
            "487e42e3"
            "a7"
            "1000"
            "e32024ab"
            "e807"
            "02"
            "ac02"
            "00"
            "808040"
            "01"
            "02"
            "05"
            "06"
            "01"
            "33"
            "04")
      << "a change of these bytes is a new version of docs/formats/sample_file.md";
}

TEST(SampleCodec, ATornTailIsNeitherReadNorDamage) {
  const std::string bytes = FileOf({SampleAt(seconds(1)), SampleAt(seconds(2))});
  const std::string whole = FileOf({SampleAt(seconds(1))});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const Reading reading(std::string_view(bytes).substr(0, cut));
    EXPECT_TRUE(reading.status.ok());
    EXPECT_EQ(reading.samples.size(), cut < whole.size() ? 0U : 1U) << cut;
    EXPECT_EQ(reading.reader.damaged_bytes(), 0U) << cut;
  }
}

TEST(SampleCodec, AnyFlippedBitCostsItsRecordAlone) {
  const std::string good = FileOf(
      {SampleAt(seconds(1)), SampleAt(seconds(2)), SampleAt(seconds(3)), SampleAt(seconds(4))});
  const std::size_t first = FileOf({SampleAt(seconds(1))}).size();
  const std::size_t second = FileOf({SampleAt(seconds(1)), SampleAt(seconds(2))}).size();
  for (std::size_t at = first; at < second; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      // A length that grew may reach behind the end.
      const Reading reading(bytes);
      EXPECT_EQ(reading.samples.size(), 3U) << at << ", " << bit;
      EXPECT_EQ(reading.reader.damaged_bytes(), second - first) << at << ", " << bit;
    }
  }
}

// Damage may look like the beginning of a record that is longer than what there is.
TEST(SampleCodec, AMarkByChanceCostsNoOtherRecord) {
  const std::string good =
      FileOf({SampleAt(seconds(1)), SampleAt(seconds(2)), SampleAt(seconds(3))});
  const std::size_t header = FileOf({}).size();
  const std::size_t first = FileOf({SampleAt(seconds(1))}).size();
  for (std::size_t at = header; at + 3 <= first; ++at) {
    std::string bytes = good;
    bytes.replace(at, 3, std::string("\xa7\x00\x02", 3));
    const Reading reading(bytes);
    EXPECT_EQ(reading.samples.size(), 2U) << at;
    EXPECT_EQ(reading.reader.damaged_bytes(), first - header) << at;
  }
}

TEST(SampleCodec, RefusesWhatIsNone) {
  EXPECT_EQ(Reading(std::string(100, 'x')).status.code(), StatusCode::kDataLoss);
  std::string newer = FileOf({SampleAt(seconds(1))});
  newer[15] = 2;
  EXPECT_EQ(Reading(newer).status.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(Reading(newer).status.message().find("version 2"), std::string::npos);
  std::string damaged = FileOf({SampleAt(seconds(1))});
  damaged[20] = static_cast<char>(damaged[20] + 1);
  Reading reading(damaged);
  EXPECT_EQ(reading.status.code(), StatusCode::kDataLoss);
  EXPECT_EQ(reading.reader.Add("more", {}).code(), StatusCode::kDataLoss) << "and stays so";
}

TEST(SampleCodec, TimesOnlyGoOn) {
  const Reading reading(FileOf(
      {SampleAt(seconds(5)), SampleAt(seconds(3)), SampleAt(seconds(5)), SampleAt(seconds(6))}));
  ASSERT_EQ(reading.samples.size(), 2U);
  EXPECT_EQ(reading.samples[1].elapsed, seconds(6));
  EXPECT_GT(reading.reader.damaged_bytes(), 0U);
}

TEST(SampleCodec, CutsWhatIsOutOfRange) {
  ResourceSample sample = SampleAt(milliseconds(-5));
  sample.memory_bytes = -1;
  sample.gpus.assign(100, {1000, -5});
  const Reading reading(FileOf({sample}));
  ASSERT_EQ(reading.samples.size(), 1U);
  EXPECT_EQ(reading.samples[0].elapsed, milliseconds(0));
  EXPECT_EQ(reading.samples[0].memory_bytes, 0);
  ASSERT_EQ(reading.samples[0].gpus.size(), kMostSampledGpus);
  EXPECT_EQ(reading.samples[0].gpus[31], (GpuSample{100, 0}));
}

TEST(SampleCodec, AWeekOfAReplicaWithFourGpusTakesLessThanOneMebibyte) {
  std::string bytes = SampleFileHeader(kStart);
  ResourceSample sample = SampleAt({});
  sample.gpus.assign(4, {97, std::int64_t{79} << 30});
  int count = 0;
  for (milliseconds at{}; at < hours(24 * 7); at += SampleInterval(at), ++count) {
    sample.elapsed = at;
    sample.cpu_user = at * 64;
    sample.cpu_system = at * 8;
    sample.disk = DiskSample{at.count() * 1'000'000, at.count() * 1'000'000};
    sample.network = NetworkSample{at.count() * 1'000'000, at.count() * 1'000'000,
                                   at.count() * 1'000'000, at.count() * 1'000'000, false};
    EncodeSample(sample, bytes);
  }
  EXPECT_EQ(count, 600 + 600 + 1200 + 18 * 60 + 144 * 30);
  EXPECT_LT(bytes.size(), 1U << 20);
}

TEST(ResourceRates, ArePerSecondAndNeverNegative) {
  ResourceSample from = SampleAt(seconds(10));
  ResourceSample to = SampleAt(seconds(12));
  to.network = NetworkSample{4001, 2002, 2, 20'004, false};
  const ResourceRates rates = RatesBetween(from, to);
  EXPECT_DOUBLE_EQ(rates.cores, 0.6);
  EXPECT_DOUBLE_EQ(rates.disk_read, 0);
  EXPECT_DOUBLE_EQ(rates.disk_written, 1'000'000);
  EXPECT_DOUBLE_EQ(rates.network_sent, 2000);
  EXPECT_DOUBLE_EQ(rates.network_received, 1000);
  EXPECT_DOUBLE_EQ(rates.loopback_sent, 0) << "it fell";
  EXPECT_DOUBLE_EQ(rates.loopback_received, 10'000);
  EXPECT_DOUBLE_EQ(RatesBetween(to, to).cores, 0);
  EXPECT_DOUBLE_EQ(RatesBetween(to, from).cores, 0);
  to.network->of_host = true;
  EXPECT_DOUBLE_EQ(RatesBetween(from, to).network_sent, 0) << "counters of two kinds";
  from.disk.reset();
  EXPECT_DOUBLE_EQ(RatesBetween(from, to).disk_written, 0);
}

}  // namespace
}  // namespace mlengine::model
