#include "cabinet/readme.hpp"

#include <fmt/core.h>

#include "base/zones.hpp"
#include "cabinet/export_writer.hpp"

namespace postmypost::cabinet {
namespace {

constexpr const char* kEnglish = R"(All that {instance} keeps about you, made {made}.

manifest.json      the form ("{format}", version {version}), the server, the time, and size and SHA-256 of every other file here
*.json             what is kept, as lists of rows; each row says which table it is of
media/             your pictures, under the names that "original_blob" of the rows gives

A row is {{"table": "publication", "row": {{"id": 7, …}}}}. Rows point to each other by numbers: "publication_id" of a detail is the "id" of
its publication, "project_id" of a file is the "id" of its project. Times are in UTC, as 2026-11-24T09:30:00.000Z. "wall_time" is the time
on the clock in "zone". null is what is empty, or a number of somebody else.

person.json        you: name, address, language, look, role
sessions.json      where you signed in
access_tokens.json names and rights of your access tokens; the tokens are stored as hashes and are not here
acknowledgements.json  which versions of the policy and the terms you read
choices.json       what you consented to, switched off or objected to, with proofs
letters.json       letters that were sent to you: of which kind, when
tickets.json       your questions to support, the answers, access you gave
projects.json      your projects and your part in them
accounts.json      your connected accounts, without their keys: they have to be connected again elsewhere
publications.json  publications with texts, pictures, accounts, deliveries and their course
files.json         your pictures
pages.json         own pages and what they show
disclosures.json   who received what about you, when, on which clause of the policy, and what came of it
invitations.json   invitations that you made

Of a project that belongs to somebody else you find its name and what you wrote. What others wrote or did is not here.
Any other Postmypost can take this file in: Personal cabinet, Take your data in. Keep it safe: it is not encrypted any more.
)";

constexpr const char* kRussian = R"(Всё, что {instance} хранит о вас, собрано {made}.

manifest.json      форма («{format}», версия {version}), сервер, время, а также размер и SHA-256 каждого другого файла
*.json             то, что хранится, списками строк; в каждой строке сказано, из какой она таблицы
media/             ваши изображения под именами из поля «original_blob»

Строка выглядит так: {{"table": "publication", "row": {{"id": 7, …}}}}. Строки указывают друг на друга номерами: «publication_id» текста — это «id»
его публикации, «project_id» файла — это «id» его проекта. Время — по UTC, в виде 2026-11-24T09:30:00.000Z. «wall_time» — время на
часах в поясе «zone». null стоит там, где пусто или где был чужой номер.

person.json        вы: имя, адрес, язык, оформление, роль
sessions.json      где вы входили
access_tokens.json названия и права ваших токенов доступа; сами токены хранятся хешами, и здесь их нет
acknowledgements.json  с какими версиями политики и условий вы ознакомились
choices.json       на что вы согласились, что выключили, против чего возразили, с доказательствами
letters.json       письма, отправленные вам: какие и когда
tickets.json       ваши обращения в поддержку, ответы, открытый вами доступ
projects.json      ваши проекты и ваше участие в них
accounts.json      подключённые аккаунты без их ключей: на другом сервере их нужно подключить заново
publications.json  публикации с текстами, изображениями, аккаунтами, отправками и их ходом
files.json         ваши изображения
pages.json         свои страницы и то, что на них показано
disclosures.json   кто получил какие сведения о вас, когда, по какому пункту политики и чем это кончилось
invitations.json   созданные вами приглашения

Из чужого проекта здесь его название и то, что написали вы. Того, что писали и делали другие, здесь нет.
Файл примет любой другой Postmypost: Личный кабинет, «Принять свои данные». Храните его бережно: он больше не зашифрован.
)";

std::string filled(const char* text, const ExportOf& of) {
  return fmt::format(fmt::runtime(text), fmt::arg("instance", of.instance), fmt::arg("made", to_rfc3339(of.made_at)),
                     fmt::arg("format", kFormatName), fmt::arg("version", kFormatVersion));
}

}  // namespace

std::string readme_en(const ExportOf& of) { return filled(kEnglish, of); }
std::string readme_ru(const ExportOf& of) { return filled(kRussian, of); }

}  // namespace postmypost::cabinet
