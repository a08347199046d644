// The texts of what a person decides about, one document for each purpose, never part of another text: who, what for, which
// data, what is done with it, how long, how to take it back. Filled in and versioned like the policy (documents.cpp).
#pragma once

#include <array>

#include "identity/clause.hpp"

namespace postmypost::identity {

inline constexpr auto kImproveClauses = std::to_array<Clause>({
    {"1", "Кому: оператору этого сервера, {operator} ({contact}). Больше никому эти сведения не передаются.",
     "To whom: the operator of this server, {operator} ({contact}). Nobody else receives this information."},
    {"2", "Зачем: находить ошибки и делать сервис удобнее (пункт 2.2.4 политики).",
     "What for: to find faults and make the service easier to use (clause 2.2.4 of the policy)."},
    {"3",
     "Что: сколько раз вы пользовались какими разделами и действиями. Ни текстов, ни имён, ни адресов, ни того, куда вы "
     "публикуете.",
     "Which data: how often you used which sections and actions. No texts, no names, no addresses, not where you publish."},
    {"4",
     "Что с этим делают: складывают с числами других людей внутри этого сервера. Чьи числа сложены, не хранится. Если на "
     "сервере таких счётчиков нет, не собирается ничего и с вашим согласием.",
     "What is done with it: it is added to the numbers of others inside this server. Whose numbers were added is not kept. If "
     "the server has no such counters, nothing is collected even with your consent."},
    {"5", "Сколько: пока вы не отзовёте согласие. Уже сложенные суммы остаются: в них не записано, чьи они.",
     "How long: until you withdraw. Sums that were added up stay: whose they are is not written in them."},
    {"6", "Как отозвать: тем же переключателем на этой странице, когда угодно. На работу сервиса для вас это не влияет.",
     "How to withdraw: by the same switch on this page, at any time. It changes nothing in how the service works for you."},
});

inline constexpr auto kPersonaliseClauses = std::to_array<Clause>({
    {"1", "Кто: оператор этого сервера, {operator} ({contact}).", "Who: the operator of this server, {operator} ({contact})."},
    {"2", "Зачем: показать сервис на выбранном вами языке и в выбранном оформлении на любом устройстве (пункт 2.2.2 политики).",
     "What for: to show the service in the language and look you chose, on any device (clause 2.2.2 of the policy)."},
    {"3", "Что: язык и тема, сохранённые в вашем личном кабинете.", "Which data: language and theme, saved in your cabinet."},
    {"4",
     "Если выключить: сохранённое не читается и не меняется, сервис открывается с языком браузера и темой системы. Выбор на "
     "этом устройстве остаётся в его браузере.",
     "When it is off: what is saved is neither read nor changed, and the service opens in the browser's language and the "
     "system's theme. A choice made on this device stays in its browser."},
    {"5", "Сколько: пока есть личный кабинет или пока вы не выключите.", "How long: while you have a cabinet, or until you switch it off."},
    {"6", "Как включить снова: тем же переключателем на этой странице.", "How to switch it on again: by the same switch on this page."},
});

inline constexpr auto kSecurityClauses = std::to_array<Clause>({
    {"1", "Кто: оператор этого сервера, {operator} ({contact}).", "Who: the operator of this server, {operator} ({contact})."},
    {"2",
     "Зачем: чтобы вы и оператор заметили чужой вход (пункт 3.2.3 политики). Основание — безопасность сервиса и людей, поэтому "
     "против можно возразить.",
     "What for: so that you and the operator notice a stranger's sign-in (clause 3.2.3 of the policy). The ground is the "
     "security of the service and its people, so you may object."},
    {"3", "Что: IP-адрес, по которому открыт сеанс. Хранится зашифрованным, самое большее 30 дней.",
     "Which data: the IP address a session was opened from. It is kept encrypted, for 30 days at most."},
    {"4",
     "Если возразить: записанные адреса стираются сразу, новые не записываются. В списке входов останутся браузер, система и "
     "время.",
     "When you object: noted addresses are erased at once and no new ones are noted. The list of sessions still shows browser, "
     "system and time."},
    {"5", "Как взять возражение назад: тем же переключателем на этой странице.",
     "How to take the objection back: by the same switch on this page."},
});

inline constexpr auto kStatisticsClauses = std::to_array<Clause>({
    {"1", "Кто: оператор этого сервера, {operator} ({contact}).", "Who: the operator of this server, {operator} ({contact})."},
    {"2",
     "Зачем: раз в день посчитать, как пользуются сервером (пункт 2.2.6 политики). Основание — интерес того, кто ведёт сервер, "
     "поэтому против можно возразить.",
     "What for: to count once a day how the server is used (clause 2.2.6 of the policy). The ground is an interest of whoever "
     "runs the server, so you may object."},
    {"3",
     "Что: сколько постов вышло у вас за неделю, в какую сеть больше всего и сколько у вас подключено аккаунтов. Ни текстов, ни "
     "имён, ни адресов.",
     "Which data: how many posts of yours went out in a week, to which network most of them, and how many accounts you have "
     "connected. No texts, no names, no addresses."},
    {"4",
     "Что с этим делают: вы становитесь единицей в одном столбце каждого ряда, остальное забывается. Хранятся суммы, без номеров "
     "людей, в отдельной базе. Показываются, только если посчитано больше 200 человек.",
     "What is done with it: you become one in one bin of each row, and the rest is forgotten. Sums are kept, without numbers of "
     "people, in a database of their own. They are shown only where more than 200 people were counted."},
    {"5", "Если возразить: с этого дня вас не считают. Прежние суммы остаются: в них не записано, чьи они.",
     "When you object: from that day on you are not counted. Earlier sums stay: whose they are is not written in them."},
    {"6", "Как взять возражение назад: тем же переключателем на этой странице.",
     "How to take the objection back: by the same switch on this page."},
});

}  // namespace postmypost::identity
