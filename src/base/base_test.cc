#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/clock.h"
#include "base/csv_field.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/result.h"
#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"

namespace mlengine {
namespace {

using ::testing::ElementsAre;

TEST(StatusTest, CarriesCodeMessageAndViolations) {
  const Status status =
      InvalidArgumentError("two fields are wrong").WithViolations({{"job.job_id", "is empty"}});
  EXPECT_EQ(status.ToString(), "INVALID_ARGUMENT: two fields are wrong");
  EXPECT_THAT(status.violations(), ElementsAre(FieldViolation{"job.job_id", "is empty"}));
}

TEST(StatusTest, MapsErrno) {
  EXPECT_EQ(ErrnoError(ENOSPC, "write /a").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoError(ENOENT, "open /a").ToString(),
            "NOT_FOUND: open /a: No such file or directory");
}

Result<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgumentError("odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  MLENGINE_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

TEST(ResultTest, PropagatesTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
}

TEST(ClockTest, NineDigitsAlways) {
  FakeClock clock;
  EXPECT_EQ(FormatTimeNanos(clock.Now()), "2018-01-02T03:04:05.000000000Z");
  clock.Advance(Nanoseconds(7));
  EXPECT_EQ(FormatTimeNanos(clock.Now()), "2018-01-02T03:04:05.000000007Z");
  EXPECT_EQ(FormatTimeSeconds(clock.Now()), "2018-01-02T03:04:05Z");
}

TEST(ClockTest, ParsesWhatRfc3339Allows) {
  EXPECT_EQ(FormatTimeNanos(*ParseTime("2018-01-02T04:34:05.5+01:30")),
            "2018-01-02T03:04:05.500000000Z");
  EXPECT_EQ(FormatTimeNanos(*ParseTime("1969-12-31T23:59:59.25Z")),
            "1969-12-31T23:59:59.250000000Z");
  for (const char* bad :
       {"", "2018-01-02", "2018-13-02T03:04:05Z", "2018-02-30T03:04:05Z", "2018-01-02T03:04:05",
        "2018-01-02T03:04:05.Z", "2018-01-02T03:04:05Zx"}) {
    EXPECT_FALSE(ParseTime(bad).ok()) << bad;
  }
}

TEST(ClockTest, MomentsBeyondTheRangeAreItsEnds) {
  EXPECT_EQ(FormatTimeNanos(*ParseTime("0001-01-01T00:00:00Z")), "1677-09-21T00:12:44.000000000Z");
  EXPECT_EQ(*ParseTime("9999-12-31T23:59:59.999999999Z"), Time::max());
  EXPECT_EQ(*ParseTime(FormatTimeNanos(Time::max())), Time::max());
  EXPECT_EQ(*ParseTime("2262-04-11T23:47:16.8Z"), Time::max() - Nanoseconds(54'775'807));
  EXPECT_EQ(FormatTimeNanos(Time::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_FALSE(ParseTime("2018-01-02T03:04:05+99:99").ok());
}

TEST(DigestTest, KnownValues) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ExtendCrc32c(0, "123456789"), 0xE3069283U);
  EXPECT_EQ(ExtendCrc32c(ExtendCrc32c(0, "1234"), "56789"), 0xE3069283U);
  EXPECT_EQ(EncodeCrc32c(0), "AAAAAA==");
  // RFC 3720, B.4.
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  EXPECT_EQ(ExtendCrc32c(0, std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(ExtendCrc32c(0, std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(ExtendCrc32c(0, ascending), 0x46DD794EU);
  for (std::size_t cut = 0; cut <= ascending.size(); ++cut) {
    const std::string_view whole = ascending;
    EXPECT_EQ(ExtendCrc32c(ExtendCrc32c(0, whole.substr(0, cut)), whole.substr(cut)), 0x46DD794EU);
  }
  EXPECT_EQ(Base64Encode("any"), "YW55");
  EXPECT_EQ(*Base64Decode("YQ=="), "a");
  EXPECT_FALSE(Base64Decode("a").ok());
}

TEST(DigestTest, PercentCoding) {
  EXPECT_EQ(PercentEncode("d/in st%.json"), "d%2Fin%20st%25.json");
  EXPECT_EQ(*PercentDecode("d%2Fin%20st%25.json"), "d/in st%.json");
  for (const char* bad : {"%", "%2", "a%zz", "%2"}) EXPECT_FALSE(PercentDecode(bad).ok()) << bad;
}

TEST(FileSystemTest, AtomicWriteReplacesAndLeavesNothingBeside) {
  TempDir dir;
  FileSystem& files = RealFileSystem();
  ASSERT_TRUE(files.WriteAtomic(dir / "a", "one").ok());
  ASSERT_TRUE(files.WriteAtomic(dir / "a", "two").ok());
  EXPECT_EQ(*files.Read(dir / "a"), "two");
  EXPECT_THAT(*files.List(dir.path()), ElementsAre("a"));
}

TEST(FileSystemTest, ReplaceVisibleReplacesAndLeavesNothingBeside) {
  const TempDir dir;
  ASSERT_TRUE(RealFileSystem().ReplaceVisible(dir / "f", "a longer first text").ok());
  ASSERT_TRUE(RealFileSystem().ReplaceVisible(dir / "f", "two").ok());
  EXPECT_EQ(*RealFileSystem().Read(dir / "f"), "two");
  EXPECT_EQ(RealFileSystem().List(dir.path())->size(), 1U);
  EXPECT_EQ(RealFileSystem().ReplaceVisible(dir / "none/f", "x").code(), StatusCode::kNotFound);
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir / "folder").ok());
  EXPECT_FALSE(RealFileSystem().ReplaceVisible(dir / "folder", "x").ok());
  EXPECT_EQ(RealFileSystem().List(dir.path())->size(), 2U);  // what failed is gone
}

TEST(FileSystemTest, ExclusiveCreationHasOneWinner) {
  TempDir dir;
  ASSERT_TRUE(RealFileSystem().CreateExclusive(dir / "lease-0", "first").ok());
  EXPECT_EQ(RealFileSystem().CreateExclusive(dir / "lease-0", "second").code(),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(*RealFileSystem().Read(dir / "lease-0"), "first");
}

TEST(FileSystemTest, AppendKeepsCountAndCanCut) {
  TempDir dir;
  {
    auto file = *RealFileSystem().OpenAppend(dir / "log");
    ASSERT_TRUE(file->Append("hello").ok());
    EXPECT_EQ(file->offset(), 5U);
  }
  auto file = *RealFileSystem().OpenAppend(dir / "log", 4);
  ASSERT_TRUE(file->Append("!").ok());
  EXPECT_EQ(*RealFileSystem().Read(dir / "log"), "hell!");
  EXPECT_EQ(*RealFileSystem().ReadAt(dir / "log", 3, 10), "l!");
}

TEST(FileSystemTest, ReadRefusesMoreThanItsLimit) {
  TempDir dir;
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "big", "12345").ok());
  EXPECT_EQ(RealFileSystem().Read(dir / "big", 4).status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(RealFileSystem().Read(dir / "none").status().code(), StatusCode::kNotFound);
}

TEST(FileSystemTest, APipeInAFilesPlaceDoesNotStopItsReader) {
  const TempDir dir;
  const std::string pipe = dir / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(RealFileSystem().Read(pipe).ok());
  EXPECT_FALSE(RealFileSystem().ReadAt(pipe, 0, 10).ok());
}

TEST(FileSystemTest, MakesFoldersAndRefusesAFileInTheWay) {
  TempDir dir;
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir / "x/y/z").ok());
  ASSERT_TRUE(RealFileSystem().MakeDirectories(dir / "x/y/z").ok());
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "x/f", "").ok());
  EXPECT_FALSE(RealFileSystem().MakeDirectories(dir / "x/f/g").ok());
}

TEST(CsvFieldTest, CutsFieldsWithoutTheirBlanks) {
  std::string_view line = "0, GPU-aa,,\tlast one \r";
  EXPECT_EQ(TakeCsvField(line), "0");
  EXPECT_EQ(TakeCsvField(line), "GPU-aa");
  EXPECT_EQ(TakeCsvField(line), "");
  EXPECT_EQ(TakeCsvField(line), "last one");
  EXPECT_EQ(line, "");
  EXPECT_EQ(TakeCsvField(line), "");
}

}  // namespace
}  // namespace mlengine
