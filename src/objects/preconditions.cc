#include "objects/preconditions.h"

#include <string>

namespace mlengine::objects {
namespace {

Status NotMet(std::string what) {
  return FailedPreconditionError("At least one of the pre-conditions you specified did not hold: " +
                                 what)
      .WithViolations({{"condition", std::move(what)}});
}

}  // namespace

Status CheckPreconditions(const Preconditions& conditions, const Object* live) {
  const std::int64_t generation = live == nullptr ? 0 : live->generation;
  const std::int64_t metageneration = live == nullptr ? 0 : live->metageneration;
  const std::string now = live == nullptr ? "there is no such object"
                                          : "the live generation is " + std::to_string(generation);
  if (conditions.if_generation_match && *conditions.if_generation_match != generation) {
    return NotMet("ifGenerationMatch=" + std::to_string(*conditions.if_generation_match) +
                  ", but " + now);
  }
  if (conditions.if_generation_not_match && *conditions.if_generation_not_match == generation) {
    return NotMet("ifGenerationNotMatch=" + std::to_string(generation) + ", but " + now);
  }
  if (conditions.if_metageneration_match && *conditions.if_metageneration_match != metageneration) {
    return NotMet("ifMetagenerationMatch=" + std::to_string(*conditions.if_metageneration_match) +
                  ", but the live one is " + std::to_string(metageneration));
  }
  if (conditions.if_metageneration_not_match &&
      *conditions.if_metageneration_not_match == metageneration) {
    return NotMet("ifMetagenerationNotMatch=" + std::to_string(metageneration) +
                  ", but that is the live one");
  }
  return OkStatus();
}

}  // namespace mlengine::objects
