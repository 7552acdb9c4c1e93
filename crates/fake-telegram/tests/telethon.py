"""Drives fake-telegram with an unmodified Telethon.

The first argument is the login string, the second one that is not signed in,
the third a bot's token. Host, port and secret of an MTProxy may follow. Orders go to the test on standard
output, one a line; it answers each with a line on standard input.
"""

import asyncio
import sys

from telethon import TelegramClient, errors, events
from telethon.network import ConnectionTcpMTProxyRandomizedIntermediate
from telethon.sessions import StringSession
from telethon.tl import functions, types

BOUND = 30


def client_of(session):
    if len(sys.argv) == 4:
        return TelegramClient(session, 1, "0" * 32)
    host, port, secret = sys.argv[4:]
    through = ConnectionTcpMTProxyRandomizedIntermediate
    return TelegramClient(session, 1, "0" * 32, connection=through, proxy=(host, int(port), secret))


def order(what):
    """Has the test do something, and waits until it has."""
    print(what, flush=True)
    answer = sys.stdin.readline().strip()
    assert answer == "done", f"the test answered {answer!r} to {what!r}"


async def post_as_bot(login, token):
    client = client_of(StringSession(login))
    await client.start(bot_token=token)
    me = await client.get_me()
    assert me.bot and me.username == "board_bot", me
    hall = await client.get_entity("@studyhall")
    sent = await client.send_message(hall, "**Board**", parse_mode="md")
    edited = await client.edit_message(hall, sent.id, "**Board**, final", parse_mode="md")
    assert edited.id == sent.id and edited.edit_date, edited
    read = await client.get_messages(hall, ids=sent.id)
    assert read.message == "Board, final" and read.sender_id == me.id, read
    try:
        await client.edit_message(hall, sent.id, "**Board**, final", parse_mode="md")
        raise AssertionError("edited to the same")
    except errors.MessageNotModifiedError:
        pass
    await client.disconnect()

    # The same string is the bot's now; after this it is nobody's again.
    client = client_of(StringSession(login))
    await client.connect()
    assert await client.is_user_authorized()
    assert await client.is_bot()
    await client.log_out()


async def main():
    login = sys.argv[1]
    session = StringSession(login)
    assert session.save() == login, "the login string is not read and written alike"
    client = client_of(session)
    updates = asyncio.Queue()

    @client.on(events.Raw(types.UpdateGroupCallParticipants))
    async def participants_changed(update):
        await updates.put(update)

    await client.connect()
    me = await client.get_me()
    assert me.username == "ada_l", me
    assert me.is_self

    hall = await client.get_entity("@studyhall")
    assert hall.title == "Study Hall" and hall.megagroup and hall.call_active, hall
    full = await client(functions.channels.GetFullChannelRequest(hall))
    call = full.full_chat.call
    assert call is not None

    group_call = await client(functions.phone.GetGroupCallRequest(call, 1))
    assert len(group_call.participants) == 3, group_call
    people, offset = {}, ""
    while True:
        page = await client(
            functions.phone.GetGroupParticipantsRequest(call, [], [], offset, 20)
        )
        for participant in page.participants:
            people[participant.peer.user_id] = participant
        offset = page.next_offset
        if not offset:
            break
    assert len(people) == page.count == 50, (len(people), page.count)
    version = page.version

    for what, check in (
        ("join", lambda p: p.just_joined and p.versioned and not p.left),
        ("leave", lambda p: p.left),
    ):
        order(what)
        update = await asyncio.wait_for(updates.get(), BOUND)
        version += 1
        assert update.version == version, (what, update)
        assert [check(p) for p in update.participants] == [True], (what, update)

    sent = await client.send_message(hall, "**Standings** 🦉", parse_mode="md")
    assert sent.message == "Standings 🦉" and sent.out, sent
    read = await client.get_messages(hall, ids=sent.id)
    assert read.id == sent.id and read.entities == sent.entities, read
    texts = [m.message async for m in client.iter_messages(hall) if m.message]
    assert texts == ["Standings 🦉"], texts
    oldest_first = [m.id async for m in client.iter_messages(hall, reverse=True)]
    assert oldest_first == sorted(oldest_first) and sent.id in oldest_first, oldest_first
    latest = await client.get_messages(hall, limit=1)
    assert latest[0].id == sent.id and latest.total == len(oldest_first), latest

    note = await client.send_message("bob_the_friend", "Hello")
    assert (await client.get_messages("bob_the_friend", limit=1))[0].id == note.id
    dialogs = await client.get_dialogs()
    assert {d.name for d in dialogs} == {"Study Hall", "Bob"}, dialogs

    order("cut")
    await asyncio.wait_for(client.get_me(), BOUND)
    order("join")
    update = await asyncio.wait_for(updates.get(), BOUND)
    assert update.participants[0].just_joined, update

    order("next day")
    assert (await asyncio.wait_for(client.get_me(), BOUND)).id == me.id

    await client.disconnect()
    await post_as_bot(*sys.argv[2:4])
    print("all good", flush=True)


asyncio.run(asyncio.wait_for(main(), 120))
