// The policy and the terms as data: clause by clause, numbered like the policy this service is modelled on, in our own words.
// "{operator}" and "{contact}" are filled in by documents.cpp. A change of meaning is a new version there: its changed clauses
// are a list of their own here, and the older text stays, so that people can be shown what is new.
#pragma once

#include <array>
#include <string_view>

#include "identity/clause.hpp"

namespace postmypost::identity {

inline constexpr auto kPolicyVersion1 = std::to_array<Clause>({
    {"",
     "Этот сервис ведёт оператор: {operator}. Связаться с ним: {contact}. Здесь сказано, какие сведения о вас сервис "
     "получает, зачем, кому и когда передаёт и как их изменить или удалить. Регистрируясь, вы отмечаете, что "
     "ознакомились с этой версией. Это отметка о чтении, а не согласие: на всё, для чего нужно согласие, сервис спросит "
     "отдельно.",
     "This service is run by its operator: {operator}. Contact: {contact}. This text says which information about you the "
     "service receives, what for, to whom and when it passes it on, and how you change or delete it. When you sign up you "
     "acknowledge having read this version. That is a note that you read it, not a consent: whatever needs consent is asked "
     "for separately."},
    {"1.1", "Личные сведения пользователя — это:", "Personal information of a user is:"},
    {"1.1.1",
     "то, что вы сообщаете сами: имя и адрес электронной почты при регистрации, а дальше — только то, что решите добавить: "
     "тексты, изображения, ключи доступа к вашим аккаунтам в сетях;",
     "what you give yourself: your name and e-mail address at sign-up, and after that only what you choose to add: texts, "
     "pictures, keys to your accounts in networks;"},
    {"1.1.2",
     "то, что приходит само от вашего устройства: IP-адрес, по которому открыт сеанс, и cookie сеанса. Других cookie, "
     "счётчиков и сторонних скриптов нет.",
     "what arrives by itself from your device: the IP address a session was opened from, and the session cookie. There are no "
     "other cookies, counters or scripts of third parties."},
    {"1.2",
     "Политика относится только к этому серверу. За сайты, на которые ведут ссылки, и за социальные сети отвечают те, кто их "
     "ведёт; там действуют их правила.",
     "This policy covers this server only. Sites behind links and the social networks answer for themselves, by their own "
     "rules."},
    {"2.1", "Хранится только то, без чего сервис не сделает свою работу. Адрес, имя, IP, ключи и тексты лежат в базе "
            "зашифрованными.",
     "Only what the service needs to do its work is kept. Address, name, IP, keys and texts lie encrypted in the database."},
    {"2.2", "Цели — только эти:", "The purposes are these and no others:"},
    {"2.2.1", "узнать вас при входе и понять, с кем заключён договор;", "to recognise you when you sign in, and to know who the agreement is with;"},
    {"2.2.2", "показать сервис на вашем языке и с вашими настройками;", "to show the service in your language and with your settings;"},
    {"2.2.3", "связаться с вами: уведомления о работе сервиса, ответы на ваши вопросы;",
     "to contact you: notices about how the service works, answers to your questions;"},
    {"2.2.4", "находить и исправлять ошибки, делать сервис удобнее;", "to find and mend faults and make the service easier to use;"},
    {"2.2.5", "публиковать посты от вашего имени в сетях, которые вы подключили, в минуту, которую вы выбрали, — и только из того, "
              "что вы для этого дали;",
     "to publish posts on your behalf in the networks you connected, at the minute you chose, and only from what you gave for "
     "it;"},
    {"2.2.6", "считать обезличенную статистику: числа без связи с человеком.", "to count depersonalised statistics: numbers without a link to a person."},
    {"3.1", "Сведения не раскрываются. Исключение — то, что вы сами публикуете для всех, например на своей странице.",
     "The information is kept confidential, except what you yourself publish to everybody, for example on your own page."},
    {"3.2", "Третьим лицам сведения передаются только тогда, когда:", "It is passed to third parties only when:"},
    {"3.2.1", "вы на это согласились;", "you agreed to it;"},
    {"3.2.2", "без этого не опубликовать ваш пост: сеть получает текст, изображения с описаниями и ключ доступа. Каждая передача "
              "записывается до отправки, и вы видите эту запись на странице публикации;",
     "your post can't be published without it: the network gets the text, the pictures with their descriptions and the access "
     "key. Each transfer is written down before it happens, and you see the record on the publication's page;"},
    {"3.2.3", "нужно остановить мошенничество, нападение или сбой — в объёме этого случая;",
     "fraud, an attack or a fault must be stopped, to the extent of that case;"},
    {"3.2.4", "вы обратились в поддержку и без этого не ответить;", "you asked support and it can't be answered otherwise;"},
    {"3.2.5", "этого требует применимый закон, в порядке, который он установил.", "applicable law demands it, by the procedure that law sets."},
    {"4.1", "Имя, язык и пароль вы меняете в любое время в личном кабинете.",
     "You change your name, language and password at any time in your personal cabinet."},
    {"4.2", "Отключив аккаунт сети, вы удаляете здесь его ключи и профиль: ключ шифрования уничтожается. То, что уже опубликовано в "
            "сети, остаётся там, пока вы не удалите это в ней; копии у других людей сервис отозвать не может.",
     "By disconnecting a network account you delete its keys and profile here: the encryption key is destroyed. What is already "
     "published in the network stays there until you delete it there; copies that other people made can't be recalled by the "
     "service."},
    {"5", "Вопросы и предложения по этой политике принимает служба поддержки оператора: {contact}.",
     "Questions and suggestions about this policy go to the operator's support: {contact}."},
});

// Version 2: what the device itself sends and keeps, what lies plain, how purposes are decided about, where to ask.
inline constexpr auto kPolicyChanges2 = std::to_array<Clause>({
    {"",
     "Этот сервис ведёт оператор: {operator}. Связаться с ним: {contact}. Здесь сказано, какие сведения о вас сервис "
     "получает, зачем, кому и когда передаёт и как их изменить или удалить. Регистрируясь, вы отмечаете, что "
     "ознакомились с этой версией, и то же — при каждой новой: пока отметки нет, сервис показывает только документы, "
     "отметку, выгрузку и выход. Это отметка о чтении, а не согласие: на всё, для чего нужно согласие, сервис спросит "
     "отдельно, и отозвать его так же просто, как дать.",
     "This service is run by its operator: {operator}. Contact: {contact}. This text says which information about you the "
     "service receives, what for, to whom and when it passes it on, and how you change or delete it. When you sign up you "
     "acknowledge having read this version, and again with each new one: until then the service shows only the texts, the "
     "acknowledgement, the export and the way out. That is a note that you read it, not a consent: whatever needs consent "
     "is asked for separately and is taken back as easily as it is given."},
    {"1.1.2",
     "то, что приходит само от вашего устройства: IP-адрес, по которому открыт сеанс, браузер и система в двух словах "
     "(«Firefox, Linux») и cookie сеанса. В хранилище самого браузера, на вашем устройстве, лежат язык, тема, последний "
     "открытый проект и ещё не сохранённый текст. Других cookie, счётчиков и сторонних скриптов нет.",
     "what arrives by itself from your device: the IP address a session was opened from, browser and system in two words "
     "(“Firefox, Linux”) and the session cookie. In the browser's own storage, on your device, lie the language, the theme, "
     "the project that was open last and a text not saved yet. There are no other cookies, counters or scripts of third "
     "parties."},
    {"2.1",
     "Хранится только то, без чего сервис не сделает свою работу. Зашифрованными в базе лежат: имя, адрес почты, IP-адрес, "
     "ключи и профили аккаунтов, тексты публикаций, описания изображений, имена файлов, названия проектов и переписка со "
     "службой поддержки; пароль и токены хранятся только как хеш. Открыто лежат: записи, имя и адрес вашей собственной "
     "страницы (они и так видны всем), ссылки на вышедшие посты, файлы изображений и служебные сведения: время, состояние, "
     "номера, язык, браузер и система. Полный список — на странице «Что хранит этот сервер о людях».",
     "Only what the service needs to do its work is kept. Encrypted in the database lie: name, e-mail address, IP address, "
     "keys and profiles of accounts, texts of publications, descriptions of pictures, names of files, names of projects and "
     "what you write with support; password and tokens are kept as hashes only. In plain lie: the entries, title and address "
     "of your own page (everybody sees them anyway), links to posts that are out, the files of pictures, and what the service "
     "works with: times, states, numbers, language, browser and system. The whole list is the page “What this server keeps "
     "about people”."},
    {"2.2.2",
     "показать сервис на вашем языке и в вашем оформлении; это можно выключить, тогда сохранённый выбор не читается;",
     "to show the service in your language and look; you can switch this off, and then the saved choice is not read;"},
    {"2.2.3",
     "связаться с вами: уведомления внутри сервиса об ошибках отправки, о постах под вопросом, о потерянных аккаунтах, о новой "
     "версии этого текста и об ответах на ваши вопросы. Больше ничего сервис вам не присылает;",
     "to contact you: notices inside the service about failures, about posts in doubt, about lost accounts, about a new "
     "version of this text and about answers to your questions. The service sends you nothing else;"},
    {"2.2.4", "находить и исправлять ошибки, делать сервис удобнее — счётчиками, и только с вашего отдельного согласия;",
     "to find and mend faults and make the service easier to use — by counters, and only with your separate consent;"},
    {"2.2.6", "считать статистику: числа, в которых не записано, чьи они; вы можете возразить, и вас в них не будет.",
     "to count statistics: numbers in which it is not written whose they are; you may object and are then not counted."},
    {"3.2.3",
     "нужно остановить мошенничество, нападение или сбой — в объёме этого случая, с записью о нём. Против хранения "
     "IP-адреса сеансов вы можете возразить: он сразу стирается и больше не записывается;",
     "fraud, an attack or a fault must be stopped, to the extent of that case, with a record of it. You may object to keeping "
     "the IP address of sessions: it is erased at once and noted no more;"},
    {"3.2.4",
     "вы обратились в поддержку и сами открыли ей доступ к проекту: только на чтение, на срок, по этому обращению. Каждый "
     "день такого доступа записывается, и вы видите запись в обращении;",
     "you asked support and gave it access to a project yourself: for reading only, for a time, under that ticket. Each day of "
     "such access is written down, and you see the record in the ticket;"},
    {"3.2.5",
     "этого требует применимый закон, в порядке, который он установил: каждое требование записывается в реестр, и передаётся "
     "только то, что в нём названо. Если акт запрещает сообщать вам об этом, запись появится у вас, когда запрет кончится.",
     "applicable law demands it, by the procedure that law sets: each demand is entered in a register, and only what it names "
     "is passed on. If the act forbids telling you, you see the record when that ends."},
    {"4.1",
     "Имя, язык, тему и пароль вы меняете в любое время в личном кабинете. Там же видно, кому, когда и по какому пункту "
     "передано что-либо о вас, и всё, что о вас хранится, можно забрать архивом.",
     "You change your name, language, theme and password at any time in your personal cabinet. There you also see to whom, when "
     "and on which clause anything about you was passed on, and take all that is kept about you with you as an archive."},
    {"4.2",
     "Отключив аккаунт сети, вы удаляете здесь его ключи и профиль: ключ шифрования уничтожается. Личный кабинет целиком вы "
     "удаляете тоже сами: неделю можно передумать, потом ключи уничтожаются и строки стираются; остаются записи о прочитанных "
     "документах, ваших решениях и передачах, без имени. То, что уже опубликовано в сети, остаётся там, пока вы не удалите это "
     "в ней; копии у других людей сервис отозвать не может, а резервные копии оператора хранят файлы изображений, пока не "
     "состарятся.",
     "By disconnecting a network account you delete its keys and profile here: the encryption key is destroyed. You delete the "
     "whole cabinet yourself as well: for a week you may change your mind, then keys are destroyed and rows erased; records of "
     "the texts you read, of what you decided and of what was passed on stay, without a name. What is already published in a "
     "network stays there until you delete it there; copies that other people made can't be recalled by the service, and the "
     "operator's backups hold files of pictures until they grow old."},
    {"5",
     "Вопросы и предложения по этой политике принимает служба поддержки: форма обращения — внизу каждой страницы, ответ — в "
     "течение десяти дней. Связаться с оператором иначе: {contact}.",
     "Questions and suggestions about this policy go to support: the form is at the foot of every page, the answer comes within "
     "ten days. Another way to reach the operator: {contact}."},
});

// Version 3: letters, on a server that has a mail relay.
inline constexpr auto kPolicyChanges3 = std::to_array<Clause>({
    {"2.2.1",
     "узнать вас при входе и понять, с кем заключён договор. Что адрес почты ваш, подтверждает приглашение, оператор или ссылка "
     "из письма; регистрация, ссылку из которой никто не открыл, через неделю стирается;",
     "to recognise you when you sign in, and to know who the agreement is with. That an e-mail address is yours is confirmed by an "
     "invitation, by the operator or by the link in a letter; a sign-up whose link nobody opened is erased after a week;"},
    {"2.2.3",
     "связаться с вами: уведомления внутри сервиса об ошибках отправки, о постах под вопросом, о потерянных аккаунтах, о новой "
     "версии этого текста и об ответах на ваши вопросы. Если у сервера есть почта, то письмом — ссылка для подтверждения адреса, "
     "ссылка для нового пароля, предупреждение, что ваш адрес изменён или указан кем-то ещё, и, если вы сами это включили, весть о том, "
     "что есть новые уведомления. Больше ничего сервис вам не присылает;",
     "to contact you: notices inside the service about failures, about posts in doubt, about lost accounts, about a new "
     "version of this text and about answers to your questions. If the server has mail, by letter: a link that confirms an address, "
     "a link for a new password, a warning that your address was changed or given by somebody else, and, if you switched it on, word "
     "that there are new notices. The service sends you nothing else;"},
    {"3.2.2",
     "без этого не опубликовать ваш пост или не доставить письмо. Сеть получает текст, изображения с описаниями и ключ доступа. "
     "Почтовый сервер, который выбрал оператор, получает ваш адрес и текст письма; имени в письме нет. Каждая передача "
     "записывается до отправки, и вы видите эту запись на странице публикации и в личном кабинете;",
     "your post can't be published or a letter can't reach you without it. The network gets the text, the pictures with their "
     "descriptions and the access key. The mail server that the operator chose gets your address and the text of the letter, in "
     "which no name stands. Each transfer is written down before it happens, and you see the record on the publication's page and "
     "in your personal cabinet;"},
});

inline constexpr auto kTermsClauses = std::to_array<Clause>({
    {"1", "Оператор {operator} даёт вам пользоваться этим сервером: хранить черновики, планировать посты и публиковать их в "
          "подключённых вами аккаунтах.",
     "The operator {operator} lets you use this server: keep drafts, plan posts and publish them in the accounts you "
     "connected."},
    {"2", "Вы подключаете только те аккаунты, которыми вправе распоряжаться, и отвечаете за то, что публикуете. Правила сетей "
          "остаются в силе.",
     "You connect only accounts that you may dispose of, and you answer for what you publish. The networks' own rules stay in "
     "force."},
    {"3", "Сервис отправляет пост в выбранную минуту, если сервер работает и сеть отвечает. Если нельзя узнать, вышел ли пост, "
          "сервис говорит об этом и ничего не отправляет второй раз без вашего решения.",
     "The service sends a post at the chosen minute if the server runs and the network answers. Where nobody can know whether a "
     "post is out, the service says so and sends nothing a second time without your decision."},
    {"4", "Перестать пользоваться можно в любое время. Оператор может закрыть доступ тому, кто вредит другим, и сообщает почему.",
     "You may stop at any time. The operator may close access to somebody who harms others, and says why."},
    {"5", "Связь с оператором: {contact}.", "Contact: {contact}."},
});

}  // namespace postmypost::identity
