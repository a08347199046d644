// What stands in an archive beside the data: how to read it, in both languages (docs/export.md says the same to programmers).
#pragma once

#include <string>

namespace postmypost::cabinet {

struct ExportOf;

std::string readme_en(const ExportOf& of);
std::string readme_ru(const ExportOf& of);

}  // namespace postmypost::cabinet
