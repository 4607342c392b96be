#include "insight/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "base/file_system.h"
#include "base/testing/source_tree.h"
#include "insight/testing/event_writer.h"

namespace mlengine::insight {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Told {
  std::string tag;
  MetricPoint point;
  friend bool operator==(const Told& a, const Told& b) {
    const bool same =
        a.point.value == b.point.value || (std::isnan(a.point.value) && std::isnan(b.point.value));
    return same && a.tag == b.tag && a.point.step == b.point.step && a.point.time == b.point.time;
  }
};

std::string Stored(const std::string& name) {
  return *RealFileSystem().Read(SourceTree() + "/src/insight/testdata/event_files/" + name);
}

class Reading {
 public:
  explicit Reading(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    while (!bytes.empty()) {
      Add(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
  void Add(std::string_view bytes) {
    file.Add(bytes, [this](std::string_view tag, const MetricPoint& point) {
      told.push_back({std::string(tag), point});
    });
  }
  std::vector<double> Of(std::string_view tag) const {
    std::vector<double> out;
    for (const Told& one : told) {
      if (one.tag != tag) continue;
      EXPECT_EQ(one.point.step, static_cast<std::int64_t>(out.size())) << tag;
      out.push_back(one.point.value);
    }
    return out;
  }

  EventFile file;
  std::vector<Told> told;
};

// What tools/make_event_files.py has every library write under "loss".
void ExpectLoss(const std::vector<double>& values) {
  ASSERT_THAT(values, SizeIs(10));
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 0.5);
  EXPECT_EQ(values[2], 0.33333334);
  EXPECT_TRUE(std::isnan(values[3]));
  EXPECT_EQ(values[4], HUGE_VAL);
  EXPECT_EQ(values[5], -HUGE_VAL);
  EXPECT_EQ(values[9], 0.1);
}

TEST(EventFileTest, ReadsWhatTensorFlow1Wrote) {
  const Reading reading(Stored("tf1.tfevents"));
  ExpectLoss(reading.Of("loss"));
  EXPECT_THAT(reading.Of("accuracy"), ElementsAre(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9));
  EXPECT_THAT(reading.told, SizeIs(20));
  EXPECT_EQ(reading.file.damage().places, 0U);
  EXPECT_EQ(reading.file.records(), 14U);
  EXPECT_GT(reading.told[0].point.time, FromUnixNanos(1'500'000'000'000'000'000));
  EXPECT_LE(reading.told[0].point.time, reading.told[19].point.time);
}

TEST(EventFileTest, ReadsWhatTensorFlow2Wrote) {
  const Reading reading(Stored("tf2.tfevents"));
  ExpectLoss(reading.Of("loss"));
  EXPECT_THAT(reading.Of("rate"), SizeIs(10));
  EXPECT_EQ(reading.Of("rate")[7], 0.1);
  EXPECT_EQ(reading.Of("half")[7], 0.5);
  EXPECT_EQ(reading.Of("count")[7], -7);
  EXPECT_THAT(reading.told, SizeIs(40)) << "and no histogram, image or text";
  EXPECT_EQ(reading.file.damage().places, 0U);
}

TEST(EventFileTest, ReadsWhatKerasWrote) {
  const Reading train(Stored("keras_train.tfevents"));
  EXPECT_THAT(train.Of("epoch_loss"), SizeIs(3));
  EXPECT_THAT(train.Of("epoch_learning_rate"), ElementsAre(0.01, 0.01, 0.01));
  const Reading validation(Stored("keras_validation.tfevents"));
  EXPECT_THAT(validation.Of("epoch_loss"), SizeIs(3));
  EXPECT_THAT(validation.told, SizeIs(6));
}

TEST(EventFileTest, ReadsWhatPyTorchWrote) {
  const Reading reading(Stored("torch.tfevents"));
  ExpectLoss(reading.Of("Loss/train"));
  EXPECT_EQ(reading.Of("Loss/new")[3], 0.3);
  EXPECT_EQ(reading.Of("Loss/double")[3], 0.1);
  EXPECT_THAT(reading.told, SizeIs(30));
  ExpectLoss(Reading(Stored("tensorboardx.tfevents")).Of("loss"));
}

TEST(EventFileTest, ATornTailWaitsAtEveryByte) {
  for (const char* name : {"tf1.tfevents", "tf2.tfevents", "torch.tfevents"}) {
    const std::string bytes = Stored(name);
    const Reading whole(bytes);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      Reading reading(std::string_view(bytes).substr(0, cut));
      EXPECT_EQ(reading.file.damage().places, 0U) << name << " cut at " << cut;
      EXPECT_EQ(reading.file.offset(), cut);
      reading.Add(std::string_view(bytes).substr(cut));
      ASSERT_EQ(reading.told, whole.told) << name << " cut at " << cut;
      EXPECT_EQ(reading.file.waiting(), 0U);
    }
  }
}

TEST(EventFileTest, ByteByByteIsTheSame) {
  const std::string bytes = Stored("tf2.tfevents");
  EXPECT_EQ(Reading(bytes, 1).told, Reading(bytes).told);
}

// Whichever bit is flipped, only the record it is in is lost, and that is said.
TEST(EventFileTest, AFlippedBitCostsOneRecord) {
  const std::string bytes = Stored("tf1.tfevents");
  const Reading whole(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string broken = bytes;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ 1 << bit % 8);
    const Reading reading(broken);
    ASSERT_GE(reading.told.size() + 2, whole.told.size()) << "bit " << bit;
    ASSERT_EQ(reading.file.damage().places, 1U) << "bit " << bit;
    for (const Told& one : reading.told)
      ASSERT_NE(std::ranges::find(whole.told, one), whole.told.end()) << "bit " << bit;
  }
}

TEST(EventFileTest, DamageIsTheSameInPieces) {
  std::mt19937 random(5);
  const std::string bytes = Stored("tf1.tfevents") + Stored("torch.tfevents");
  for (int round = 0; round < 300; ++round) {
    std::string broken = bytes;
    for (int i = 0; i < 4; ++i) {
      const std::size_t at = random() % broken.size();
      if (round % 3 == 0) broken.erase(at, random() % 30);
      if (round % 3 == 1) broken.insert(at, random() % 30, '\0');
      if (round % 3 == 2) broken[at] = static_cast<char>(random());
    }
    const Reading whole(broken);
    const Reading pieces(broken, 1 + random() % 40);
    ASSERT_EQ(pieces.told, whole.told);
    EXPECT_EQ(pieces.file.damage().bytes, whole.file.damage().bytes);
    EXPECT_EQ(pieces.file.damage().places, whole.file.damage().places);
    EXPECT_EQ(pieces.file.damage().first_offset, whole.file.damage().first_offset);
  }
}

TEST(EventFileTest, ARecordThatWasNeverFinishedHidesNoneBehindIt) {
  const std::string torn = ScalarFrame("a", 1, 1).substr(0, 20);
  const Reading reading(torn + ScalarFrame("a", 2, 2) + ScalarFrame("a", 3, 3) +
                        std::string(64, 'x'));
  ASSERT_THAT(reading.told, SizeIs(2));
  EXPECT_EQ(reading.told[0].point.step, 2);
  EXPECT_EQ(reading.file.damage().first_offset, 0U);
}

TEST(EventFileTest, AHugeLengthIsDamageAndALongRecordIsPassedOver) {
  const std::string huge = Bits(1ULL << 60, 8);
  const Reading damaged(huge + Masked(huge) + ScalarFrame("a", 0, 1));
  EXPECT_EQ(damaged.Of("a"), std::vector<double>{1});
  EXPECT_EQ(damaged.file.damage().places, 1U);
  EXPECT_EQ(damaged.file.damage().bytes, 12U);

  const std::string graph = "\x09" + Bits(0, 8) + BytesField(4, std::string(5U << 20, 'g'));
  const std::string many = Event(1, 1, std::string(5U << 20, '\0'));
  const Reading passed(Frame(graph) + Frame(many) + ScalarFrame("a", 0, 1), 100'000);
  EXPECT_EQ(passed.Of("a"), std::vector<double>{1});
  EXPECT_EQ(passed.file.damage().places, 0U);
  EXPECT_EQ(passed.file.damage().long_records, 1U) << "the graph is not missed";
}

TEST(EventFileTest, ALongRecordToComeIsNotKept) {
  const std::string length = Bits(3ULL << 30, 8);
  Reading reading(length + Masked(length));
  for (int i = 0; i < 20; ++i) reading.Add(std::string(1U << 20, 'x'));
  EXPECT_EQ(reading.file.waiting(), 0U);
  EXPECT_EQ(reading.file.offset(), 12 + (20U << 20));
}

// Headers whose own checksum holds, one in each 12 bytes, each claiming a megabyte.
TEST(EventFileTest, AFileMadeToTakeForeverDoesNot) {
  const std::string length = Bits(1U << 20, 8);
  std::string bytes;
  for (int i = 0; i < 400'000; ++i) bytes += length + Masked(length);
  const Reading reading(bytes);
  EXPECT_THAT(reading.told, IsEmpty());
  EXPECT_GT(reading.file.damage().bytes, 3U << 20);
}

TEST(EventFileTest, AnyBytesAreTaken) {
  std::mt19937 random(6);
  std::string bytes(100'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  const Reading reading(bytes, 777);
  EXPECT_THAT(reading.told, IsEmpty());
  EXPECT_EQ(reading.file.damage().places, 1U);
  EXPECT_GE(reading.file.damage().bytes + 12, bytes.size());
  const Reading not_events(Frame("\xff\xff") + ScalarFrame("a", 0, 1));
  EXPECT_EQ(not_events.file.damage().places, 1U);
  EXPECT_EQ(not_events.Of("a"), std::vector<double>{1});
}

}  // namespace
}  // namespace mlengine::insight
