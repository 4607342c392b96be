#include "batch/instance_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

#include "base/digest.h"

namespace mlengine::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Hands out few bytes at once, so that lines and records lie across blocks.
ReadFunction In(const std::string& bytes, std::uint64_t block = 3) {
  return [bytes, block](std::uint64_t offset, std::uint64_t count) -> Result<std::string> {
    if (offset >= bytes.size()) return std::string();
    return bytes.substr(offset, std::min(count, block));
  };
}

std::vector<std::string> All(InstanceReader& reader) {
  std::vector<std::string> out;
  Instance one;
  while (true) {
    const Result<bool> there = reader.Next(one);
    if (!there.ok()) out.push_back(there.status().ToString());
    if (!there.ok() || !*there) return out;
    out.push_back(std::to_string(one.number) + ":" + (one.error.empty() ? one.bytes : one.error));
  }
}

std::vector<std::string> Lines(const std::string& text, std::uint64_t begin, std::uint64_t end) {
  return All(*NewLineReader(In(text), begin, end, {}));
}

TEST(LineReaderTest, EveryLineIsInOneSpan) {
  const std::string text = "one\n\ntwo two\r\nthree\n \nfour";
  EXPECT_THAT(Lines(text, 0, text.size()), ElementsAre("1:one", "3:two two", "4:three", "6:four"));
  for (std::uint64_t cut = 1; cut < text.size(); ++cut) {
    std::vector<std::string> both;
    for (const auto& [begin, end] : {std::pair{std::uint64_t{0}, cut}, {cut, text.size()}}) {
      for (const std::string& line : Lines(text, begin, end))
        both.push_back(line.substr(line.find(':') + 1));
    }
    EXPECT_THAT(both, ElementsAre("one", "two two", "three", "four")) << cut;
  }
}

TEST(LineReaderTest, CountsOfSpansAddUpToLineNumbers) {
  const std::string text = "a\n\nb\nc\n\n\nd\n";
  for (std::uint64_t cut = 1; cut < text.size(); ++cut) {
    const auto first = NewLineReader(In(text), 0, cut, {});
    All(*first);
    const auto second = NewLineReader(In(text), cut, text.size(), {});
    All(*second);
    EXPECT_EQ(first->place().count + second->place().count, 7U) << cut;
  }
}

TEST(LineReaderTest, GoesOnWhereAnotherStood) {
  const std::string text = "x\na\nb\nc\nd\n";
  for (int before = 1; before <= 4; ++before) {
    const auto first = NewLineReader(In(text), 1, text.size(), {});
    Instance one;
    for (int i = 0; i < before; ++i) ASSERT_TRUE(first->Next(one).value_or(false));
    const auto second = NewLineReader(In(text), 1, text.size(), first->place());
    EXPECT_EQ(All(*second), All(*first)) << before;
  }
}

TEST(LineReaderTest, AnEmptyFileHasNone) {
  EXPECT_THAT(Lines("", 0, 0), IsEmpty());
  EXPECT_THAT(Lines("\n\n", 0, 2), IsEmpty());
}

TEST(LineReaderTest, ALineThatIsTooLongCostsItselfAlone) {
  const std::string text = "a\n" + std::string(kLongestInstance + 1, 'x') + "\nb\n";
  EXPECT_THAT(All(*NewLineReader(In(text, 1U << 20), 0, text.size(), {})),
              ElementsAre("1:a", HasSubstr("2:The line has 33554433 bytes"), "3:b"));
}

std::string Little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

std::string Sum(const std::string& bytes) {
  const std::uint32_t crc = ExtendCrc32c(0, bytes);
  return Little((crc >> 15 | crc << 17) + 0xA282EAD8U, 4);
}

std::string Frame(const std::string& record) {
  const std::string length = Little(record.size(), 8);
  return length + Sum(length) + record + Sum(record);
}

std::string Gzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(bytes.size() + 100, '\0');
  std::string in = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::vector<std::string> Records(const std::string& bytes) {
  return All(*NewRecordReader(NewPlainSource(In(bytes), 0), {}, 0));
}

std::vector<std::string> Gzipped(const std::string& bytes) {
  return All(*NewRecordReader(NewGzipSource(In(bytes)), {}, 0));
}

TEST(RecordReaderTest, ReadsFrames) {
  EXPECT_THAT(Records(Frame("one") + Frame("") + Frame("three")),
              ElementsAre("1:one", "2:", "3:three"));
  EXPECT_THAT(Records(""), IsEmpty());
}

TEST(RecordReaderTest, ADamagedRecordCostsItselfAlone) {
  std::string bytes = Frame("one") + Frame("two") + Frame("three");
  bytes[Frame("one").size() + 13] ^= 1;
  EXPECT_THAT(Records(bytes),
              ElementsAre("1:one", HasSubstr("2:The record is damaged"), "3:three"));
}

TEST(RecordReaderTest, ADamagedLengthEndsTheFile) {
  std::string bytes = Frame("one") + Frame("two");
  bytes[Frame("one").size()] ^= 1;
  EXPECT_THAT(Records(bytes), ElementsAre("1:one", HasSubstr("2:From byte 19 on")));
  const std::string cut = (Frame("one") + Frame("two")).substr(0, 30);
  EXPECT_THAT(Records(cut), ElementsAre("1:one", HasSubstr("within a record")));
  EXPECT_THAT(Records("gibberish"), ElementsAre(HasSubstr("1:From byte 0 on")));
}

TEST(RecordReaderTest, ALengthBeyondAllBoundsIsNotFollowed) {
  for (const std::uint64_t claimed : {UINT64_MAX, std::uint64_t{1} << 62}) {
    const std::string length = Little(claimed, 8);
    EXPECT_THAT(Records(length + Sum(length) + "abc"), ElementsAre(HasSubstr("1:The record has")));
  }
}

TEST(RecordReaderTest, GoesOnWhereAnotherStood) {
  const std::string bytes = Frame("one") + Frame("two") + Frame("three");
  const auto first = NewRecordReader(NewPlainSource(In(bytes), 0), {}, 0);
  Instance one;
  ASSERT_TRUE(first->Next(one).value_or(false));
  const ReadPlace place = first->place();
  EXPECT_THAT(All(*NewRecordReader(NewPlainSource(In(bytes), place.offset), place, 0)),
              ElementsAre("2:two", "3:three"));
  EXPECT_THAT(All(*NewRecordReader(NewGzipSource(In(Gzip(bytes))), place, place.offset)),
              ElementsAre("2:two", "3:three"));
  // Behind an end that was told of already there is nothing.
  All(*first);
  EXPECT_THAT(
      All(*NewRecordReader(NewGzipSource(In(Gzip(bytes))), first->place(), first->place().offset)),
      IsEmpty());
}

TEST(RecordReaderTest, ReadsGzipOfSeveralMembers) {
  EXPECT_THAT(Gzipped(Gzip(Frame("one")) + Gzip(Frame("two"))), ElementsAre("1:one", "2:two"));
  const std::string cut = Gzip(Frame("one") + Frame("two"));
  EXPECT_THAT(Gzipped(cut.substr(0, cut.size() - 9)).back(), HasSubstr("cannot be read"));
  EXPECT_THAT(Gzipped("no gzip at all"), ElementsAre(HasSubstr("no gzip file")));
  EXPECT_THAT(Gzipped(""), ElementsAre(HasSubstr("ends in the middle")));
}

}  // namespace
}  // namespace mlengine::batch
