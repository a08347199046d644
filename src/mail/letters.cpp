#include "mail/letters.hpp"

#include <algorithm>
#include <array>

namespace postmypost::mail {
namespace {

struct Template {
  LetterKind kind;
  std::string_view code;
  Purpose purpose;
  std::string_view page;  // of the link
  std::string_view subject_ru, subject_en, ru, en;
};

// {server}, {operator} and {link} are filled in.
constexpr auto kTemplates = std::to_array<Template>({
    {LetterKind::kConfirm, "confirm", Purpose::kIdentify, "/confirm",
     "Подтвердите адрес почты", "Confirm your e-mail address",
     "Здравствуйте!\n\nКто-то (надеемся, вы) заводит личный кабинет на {server} с этим адресом почты. Чтобы подтвердить адрес, "
     "откройте ссылку и введите пароль, который выбрали при регистрации:\n\n{link}\n\nСсылка действует сутки и один раз. Если это "
     "были не вы, ничего не делайте: без подтверждения кабинет через неделю исчезнет.\n",
     "Hello!\n\nSomebody (we hope you) is making a personal cabinet at {server} with this e-mail address. To confirm the address, "
     "open the link and type the password that you chose when you signed up:\n\n{link}\n\nThe link works once and for a day. If it "
     "was not you, do nothing: without a confirmation the cabinet is gone after a week.\n"},
    {LetterKind::kEmail, "email", Purpose::kIdentify, "/confirm",
     "Подтвердите новый адрес почты", "Confirm your new e-mail address",
     "Здравствуйте!\n\nЭтот адрес указали в личном кабинете на {server} как новый. Чтобы он стал адресом для входа, откройте ссылку "
     "и введите свой пароль:\n\n{link}\n\nСсылка действует сутки и один раз. До этого остаётся прежний адрес. Если это были не вы, "
     "ничего не делайте.\n",
     "Hello!\n\nThis address was given as the new one in a personal cabinet at {server}. To make it the address you sign in with, "
     "open the link and type your password:\n\n{link}\n\nThe link works once and for a day. Until then the old address stays. If "
     "it was not you, do nothing.\n"},
    {LetterKind::kEmailChanged, "email_changed", Purpose::kContact, "",
     "Адрес почты изменён", "Your e-mail address was changed",
     "Здравствуйте!\n\nВ вашем личном кабинете на {server} теперь другой адрес почты, этот больше не используется. Если это были не "
     "вы, сразу напишите тому, кто ведёт сервер: {operator}.\n",
     "Hello!\n\nYour personal cabinet at {server} has another e-mail address now; this one is used no more. If it was not you, "
     "write at once to whoever runs the server: {operator}.\n"},
    {LetterKind::kTaken, "taken", Purpose::kContact, "",
     "С вашим адресом почты пробовали зарегистрироваться", "Somebody tried to use your e-mail address",
     "Здравствуйте!\n\nКто-то (может быть, вы) указал ваш адрес почты на {server}, но личный кабинет с ним уже есть. Ничего не "
     "изменилось. Войти или задать новый пароль можно здесь:\n\n{server}/signin\n\nЕсли это были не вы, ничего делать не нужно.\n",
     "Hello!\n\nSomebody (perhaps you) gave your e-mail address at {server}, but there is a personal cabinet with it already. "
     "Nothing was changed. You can sign in or choose another password here:\n\n{server}/signin\n\nIf it was not you, there is "
     "nothing to do.\n"},
    {LetterKind::kPassword, "password", Purpose::kIdentify, "/new-password",
     "Новый пароль", "A new password",
     "Здравствуйте!\n\nКто-то (надеемся, вы) попросил новый пароль для личного кабинета на {server}. Задать его можно по "
     "ссылке:\n\n{link}\n\nСсылка действует сутки и один раз. Все сеансы при этом закончатся. Если это были не вы, ничего не "
     "делайте: пароль останется прежним.\n",
     "Hello!\n\nSomebody (we hope you) asked for a new password for a personal cabinet at {server}. Choose it by this "
     "link:\n\n{link}\n\nThe link works once and for a day. All sessions end then. If it was not you, do nothing: the password "
     "stays as it is.\n"},
    {LetterKind::kNotices, "notices", Purpose::kContact, "",
     "Есть новое в личном кабинете", "There is something new in your cabinet",
     "Здравствуйте!\n\nВ вашем личном кабинете на {server}:\n\n{about}\nПодробности: {server}/notices\n\nВы сами включили эти письма. "
     "Отказаться от них:\n{end}\n",
     "Hello!\n\nIn your personal cabinet at {server}:\n\n{about}\nMore: {server}/notices\n\nYou switched these letters on. To end "
     "them:\n{end}\n"},
    {LetterKind::kTest, "test", Purpose::kContact, "",
     "Проверочное письмо", "A test letter",
     "Здравствуйте!\n\nЭто проверочное письмо с {server}. Раз вы его читаете, письма отсюда доходят.\n",
     "Hello!\n\nThis is a test letter of {server}. As you read it, letters from there arrive.\n"},
});

struct NoticeWords {
  std::string_view kind, ru, en;
};
constexpr auto kNoticeWords = std::to_array<NoticeWords>({
    {"failure", "пост не отправлен", "a post was not sent"},
    {"doubt", "пост под вопросом: решите, вышел ли он", "a post is in doubt: decide whether it is out"},
    {"account_lost", "потерян доступ к аккаунту", "access to an account was lost"},
    {"ticket_answered", "ответ службы поддержки", "an answer of support"},
    {"ticket_opened", "вопрос в службу поддержки", "a question to support"},
    {"legal_waits", "запрос по закону ждёт вашего решения", "a legal request waits for your decision"},
});

std::string in_lines(const std::vector<std::string>& about, bool russian) {
  std::string lines;
  for (const NoticeWords& one : kNoticeWords) {
    if (std::ranges::find(about, one.kind) != about.end()) lines += "- " + std::string(russian ? one.ru : one.en) + "\n";
  }
  return lines;
}

const Template& of(LetterKind kind) { return *std::ranges::find(kTemplates, kind, &Template::kind); }

std::string filled(std::string text, std::string_view name, std::string_view value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
    text.replace(at, name.size(), value);
  }
  return text;
}

}  // namespace

std::string_view to_string(LetterKind kind) { return of(kind).code; }

LetterKind letter_kind_of(std::string_view code) {
  return std::ranges::find(kTemplates, code, &Template::code)->kind;  // the table holds only ours
}

Purpose purpose_of(LetterKind kind) { return of(kind).purpose; }

bool tells_of(std::string_view notice) {
  return std::ranges::find(kNoticeWords, notice, &NoticeWords::kind) != kNoticeWords.end();
}

// The token stands in the query, not behind "#": programs of mail providers call it too. It can end letters and nothing else.
std::string unsubscribe_address(LetterKind kind, const Face& face, std::string_view secret) {
  return kind == LetterKind::kNotices ? face.public_url + "/unsubscribe?token=" + std::string(secret) : "";
}

Words words_of(LetterKind kind, std::string_view locale, const Face& face, std::string_view secret, const std::vector<std::string>& about) {
  const Template& letter = of(kind);
  const bool russian = locale == "ru";
  // Behind "#", which no browser sends on: no log and no proxy learns it.
  const std::string link = face.public_url + std::string(letter.page) + "#token=" + std::string(secret);
  std::string text = filled(std::string(russian ? letter.ru : letter.en), "{link}", link);
  text = filled(filled(std::move(text), "{about}", in_lines(about, russian)), "{end}", unsubscribe_address(kind, face, secret));
  text = filled(filled(std::move(text), "{server}", face.public_url), "{operator}", face.operator_name);
  text += "\n-- \n" + face.operator_name + "\n" + face.public_url + "\n";
  return {std::string(russian ? letter.subject_ru : letter.subject_en), std::move(text)};
}

}  // namespace postmypost::mail
