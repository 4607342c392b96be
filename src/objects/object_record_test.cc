// Records as earlier servers wrote them (testdata) are read for ever.
#include "objects/object_record.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/testing/source_tree.h"
#include "objects/bucket_record.h"

namespace mlengine::objects {
namespace {

std::string Stored(const std::string& name) {
  return RealFileSystem().Read(SourceTree() + "/src/objects/testdata/" + name).value_or("");
}

TEST(OldRecordsTest, ReadsAnObjectRecordOfVersion1) {
  const Result<ObjectRecord> record = DecodeRecord(Stored("object-record-v1.json"));
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->size, 380U);
  EXPECT_EQ(record->mtime_ns, 1795541159381182527);
  EXPECT_EQ(record->generation, 1795541159401745);
  EXPECT_EQ(record->metageneration, 1);
  EXPECT_EQ(ToUnixNanos(record->created), 1795541159401745585);
  EXPECT_EQ(record->crc32c, 3223750523U);
  EXPECT_EQ(Base64Encode(record->md5), "/OvbBgArJNkpA/+NxNooeQ==");
  EXPECT_EQ(record->metadata.content_type, "application/octet-stream");
}

TEST(ObjectRecordTest, NumbersThatCannotBeAreNoRecord) {
  const auto with = [](const std::string& more) {
    return DecodeRecord(R"({"v":1,"mtime":1,"gen":9223372036854775807,"meta":1,"created":1,)"
                        R"("updated":1)" +
                        more + "}");
  };
  const Result<ObjectRecord> record = with(R"(,"size":3,"crc32c":4294967295,"parts":7)");
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(DecodeRecord(EncodeRecord(*record))->crc32c, 4294967295U);
  EXPECT_EQ(RecordFor(*record, 4, 1).generation, INT64_MAX);
  for (const char* wrong : {R"(,"size":-3)", R"(,"size":3,"crc32c":4294967296)",
                            R"(,"size":3,"crc32c":-1)", R"(,"size":3,"parts":2147483648)"}) {
    EXPECT_EQ(with(wrong).status().code(), StatusCode::kDataLoss) << wrong;
  }
}

TEST(OldRecordsTest, ReadsABucketOfVersion1) {
  const Result<Bucket> bucket = DecodeBucket(Stored("bucket-v1.json"));
  ASSERT_TRUE(bucket.ok()) << bucket.status().ToString();
  EXPECT_EQ(bucket->project, "default");
  EXPECT_EQ(bucket->location, "US-CENTRAL1");
  EXPECT_EQ(bucket->storage_class, "STANDARD");
}

}  // namespace
}  // namespace mlengine::objects
