! The parser and world model that the built-in stories share, for Inform 6 without its library.
! A story defines StoryStart, CanGo and EachTurn. A command is a verb with one or two noun
! phrases; every object in sight that fits the words is meant, or the story asks which.

Attribute scenery;    Attribute fixed;      Attribute container;  Attribute supporter;
Attribute openable;   Attribute open;       Attribute locked;     Attribute wearable;
Attribute worn;       Attribute glowing;    Attribute dark;       Attribute visited;
Attribute animate;    Attribute edible;     Attribute proper;     Attribute plural;
Attribute solved;     Attribute seen;       Attribute hidden;

Property article;     Property description; Property before;      Property life;
Property listed;      Property with_key;    Property written;     Property on_open;
Property on_unlock;   Property on_wear;
Property n_to;  Property s_to;  Property e_to;  Property w_to;
Property u_to;  Property d_to;  Property in_to; Property out_to;

Constant A_LOOK = 1;    Constant A_INV = 2;     Constant A_WAIT = 3;   Constant A_EXAMINE = 4;
Constant A_TAKE = 5;    Constant A_DROP = 6;    Constant A_OPEN = 7;   Constant A_CLOSE = 8;
Constant A_UNLOCK = 9;  Constant A_WEAR = 10;   Constant A_DOFF = 11;  Constant A_PUT = 12;
Constant A_GIVE = 13;   Constant A_ASK = 14;    Constant A_READ = 15;  Constant A_SEARCH = 16;
Constant A_PUSH = 17;   Constant A_PULL = 18;   Constant A_TURN = 19;  Constant A_LIGHT = 20;
Constant A_DOUSE = 21;  Constant A_EAT = 22;    Constant A_USE = 23;   Constant A_CUT = 24;
Constant A_DIG = 25;    Constant A_OIL = 26;    Constant A_PRY = 27;   Constant A_HIT = 28;
Constant A_TIE = 29;    Constant A_FILL = 30;   Constant A_CLEAN = 31; Constant A_CLIMB = 32;
Constant A_ENTER = 33;  Constant A_GO = 34;     Constant A_RING = 35;  Constant A_PLAY = 36;
Constant A_POUR = 37;   Constant A_TALK = 38;   Constant A_SMELL = 39; Constant A_LISTEN = 40;
Constant A_SET = 41;    Constant A_MEND = 42;   Constant A_DRINK = 43; Constant A_LOCK = 44;

Global location;  Global action;  Global noun;  Global second;  Global about;  Global over;
Global turns;     Global nw;      Global found; Global matches; Global rival;  Global dirprop;
Global lastnoun;

Array line -> 124;
Array parsed -> 84;
Array words --> 22;
Array places --> 22;

Object player "yourself" with name 'me' 'myself' 'yourself' has proper scenery;

Array directions table
    'n//' n_to 'north' n_to 's//' s_to 'south' s_to 'e//' e_to 'east' e_to 'w//' w_to 'west' w_to
    'u//' u_to 'up' u_to 'd//' d_to 'down' d_to 'in' in_to 'inside' in_to 'out' out_to
    'outside' out_to 'upstairs' u_to 'downstairs' d_to 'exit' out_to;

Array verbs table
    'look' A_LOOK 'l//' A_LOOK 'inventory' A_INV 'i//' A_INV 'wait' A_WAIT 'z//' A_WAIT
    'examine' A_EXAMINE 'x//' A_EXAMINE 'inspect' A_EXAMINE 'check' A_EXAMINE
    'take' A_TAKE 'get' A_TAKE 'pick' A_TAKE 'grab' A_TAKE 'drop' A_DROP 'open' A_OPEN
    'close' A_CLOSE 'shut' A_CLOSE 'unlock' A_UNLOCK 'lock' A_LOCK 'wear' A_WEAR 'don' A_WEAR
    'remove' A_DOFF 'doff' A_DOFF 'put' A_PUT 'insert' A_PUT 'place' A_PUT 'give' A_GIVE
    'show' A_GIVE 'offer' A_GIVE 'hand' A_GIVE 'ask' A_ASK 'tell' A_ASK 'talk' A_TALK
    'speak' A_TALK 'greet' A_TALK 'read' A_READ 'search' A_SEARCH 'push' A_PUSH 'press' A_PUSH
    'move' A_PUSH 'shove' A_PUSH 'pull' A_PULL 'drag' A_PULL 'turn' A_TURN 'rotate' A_TURN
    'twist' A_TURN 'set' A_SET 'dial' A_SET 'light' A_LIGHT 'ignite' A_LIGHT
    'switch' A_LIGHT 'douse' A_DOUSE 'extinguish' A_DOUSE 'eat' A_EAT 'taste' A_EAT
    'drink' A_DRINK 'use' A_USE 'cut' A_CUT 'slice' A_CUT 'saw' A_CUT 'dig' A_DIG 'oil' A_OIL
    'grease' A_OIL 'lubricate' A_OIL 'pry' A_PRY 'prise' A_PRY 'lever' A_PRY 'force' A_PRY
    'hit' A_HIT 'break' A_HIT 'smash' A_HIT 'strike' A_HIT 'attack' A_HIT 'knock' A_HIT
    'tie' A_TIE 'attach' A_TIE 'fasten' A_TIE 'hook' A_TIE 'fill' A_FILL 'clean' A_CLEAN
    'wipe' A_CLEAN 'polish' A_CLEAN 'sweep' A_CLEAN 'wash' A_CLEAN 'climb' A_CLIMB
    'enter' A_ENTER 'go' A_GO 'walk' A_GO 'run' A_GO 'ring' A_RING 'play' A_PLAY
    'pour' A_POUR 'smell' A_SMELL 'sniff' A_SMELL 'listen' A_LISTEN 'mend' A_MEND
    'fix' A_MEND 'repair' A_MEND 'feed' A_GIVE;

[ Main;
    StoryStart();
    while (over == 0) {
        print "^>";
        line->0 = 120; line->1 = 0; parsed->0 = 20;
        @aread line parsed -> sp; @pull found;
        print "^";
        Obey();
    }
    @quit;
];

! The dictionary's word at a place of the command, 0 for one that it lacks.
[ WordAt i v; i = 2 * i + 1; @loadw parsed i -> v; return v; ];

[ P o prop v; @get_prop o prop -> v; return v; ];

! ---- understanding ----

[ Obey i n;
    nw = 0;
    n = parsed->1;
    for (i = 0 : i < n : i++) {
        found = WordAt(i);
        if (found == './/' or ',//') break;
        if (found == 'the' or 'a//' or 'an' or 'my' or 'some' or 'please' or 'of' or 'then') continue;
        words-->nw = found; places-->nw = i; nw++;
    }
    if (nw == 0) "Say what to do.";
    turns++;
    Understand();
    if (over == 0) EachTurn();
];

[ Understand v split prep i;
    noun = 0; second = 0; about = 0;
    if (nw == 1) { dirprop = Direction(words-->0); if (dirprop) { Go(); return; } }
    action = Lookup(words-->0, verbs);
    if (action == 0) { UnknownVerb(); return; }
    v = 1;
    switch (action) {
        A_LOOK:
            if (v < nw && words-->v == 'at') { action = A_EXAMINE; v++; }
            else if (v < nw && words-->v == 'in' or 'inside' or 'under' or 'behind' or 'through')
                { action = A_SEARCH; v++; }
            else if (v < nw && words-->v ~= 'around') action = A_EXAMINE;
            else v = nw;
        A_GO, A_ENTER, A_CLIMB:
            if (v < nw && words-->v == 'to') v++;
            if (v < nw) {
                dirprop = Direction(words-->v);
                if (dirprop && v == nw - 1) { Go(); return; }
                if (dirprop) v++;
            }
        A_TAKE:
            if (words-->0 == 'pick' && v < nw && words-->v == 'up') v++;
            if (v < nw && words-->v == 'off') { action = A_DOFF; v++; }
        A_PUT:
            if (v < nw && words-->v == 'on') { action = A_WEAR; v++; }
            else if (v < nw && words-->v == 'down') { action = A_DROP; v++; }
            else if (v < nw && words-->v == 'out') { action = A_DOUSE; v++; }
        A_TURN, A_LIGHT:
            if (v < nw && words-->v == 'on') { action = A_LIGHT; v++; }
            else if (v < nw && words-->v == 'off') { action = A_DOUSE; v++; }
        A_TALK, A_LISTEN, A_SMELL:
            if (v < nw && words-->v == 'to' or 'with' or 'at') v++;
        A_SEARCH, A_DIG:
            if (v < nw && words-->v == 'in' or 'at' or 'under' or 'behind' or 'on') v++;
        A_PRY:
            if (v < nw && words-->v == 'open' or 'off' or 'up') v++;
        A_HIT, A_CUT, A_CLEAN:
            if (v < nw && words-->v == 'on' or 'at' or 'off' or 'through') v++;
    }
    ! A trailing "on", "off", "up" or "down": turn the lamp on, put it down, take boots off.
    if (nw > v + 1) {
        i = words-->(nw - 1);
        if (i == 'on' && action == A_TURN or A_LIGHT) { action = A_LIGHT; nw--; }
        else if (i == 'on' && action == A_PUT) { action = A_WEAR; nw--; }
        else if (i == 'off' && action == A_TURN or A_LIGHT) { action = A_DOUSE; nw--; }
        else if (i == 'off' && action == A_TAKE) { action = A_DOFF; nw--; }
        else if (i == 'down' && action == A_PUT) { action = A_DROP; nw--; }
        else if (i == 'up' && action == A_TAKE) nw--;
        else if (i == 'open' && action == A_PRY) nw--;
    }
    for (split = v + 1 : split < nw : split++) {
        prep = words-->split;
        if (prep == 'with' or 'using' or 'in' or 'into' or 'on' or 'onto' or 'to' or 'about' or 'from'
            or 'at' or 'through' or 'for' or 'inside' or 'against') break;
    }
    if (v < nw) {
        noun = NounAt(v, split);
        if (noun == 0) return;
        if (split + 1 < nw) {
            about = split + 1;
            if (action ~= A_ASK && ~~(action == A_TURN or A_SET && Digits(about))) {
                second = NounAt(about, nw);
                if (second == 0) return;
            }
        }
    }
    Act();
];

! Whether the word is typed with digits, as in "set dial to 417".
[ Digits at c;
    c = places-->at;
    c = parsed->(4 * c + 5);
    c = line->c;
    return c >= '0' && c <= '9';
];

! Whether the command's topic or number holds the word.
[ Topic w i;
    if (about == 0) rfalse;
    for (i = about : i < nw : i++) if (words-->i == w) rtrue;
    rfalse;
];

[ Lookup w tab n a;
    if (w == 0) rfalse;
    n = tab-->0; a = tab + 2;
    n = n / 2;
    @scan_table w a n $84 -> a ?~None;
    return a-->1;
    .None; rfalse;
];

[ Direction w; return Lookup(w, directions); ];

[ UnknownVerb;
    if (words-->0 == 0) { print "The word ~"; TypedWord(0); "~ means nothing here."; }
    "That is not something one can do here. Begin with a verb, such as take, open or examine.";
];

[ TypedWord i a n k;
    i = places-->i;
    n = parsed->(4 * i + 4); a = parsed->(4 * i + 5);
    for (k = 0 : k < n : k++) print (char) line->(a + k);
];

! The thing in sight that words from..to-1 name; 0, with a message, where there is none or more.
[ NounAt from to i;
    if (from >= to) { print "You need to say a little more than that.^"; rfalse; }
    if (to == from + 1 && words-->from == 'it' or 'them' or 'him' or 'her') {
        if (ItStill()) return lastnoun;
    }
    found = 0; matches = 0; rival = 0;
    Seek(player, from, to);
    if (Lit()) Seek(location, from, to);
    if (matches == 1) { lastnoun = found; return found; }
    if (matches > 1) {
        print "Which do you mean: "; Def(found); print " or "; Def(rival); print "?^"; rfalse;
    }
    for (i = from : i < to : i++)
        if (words-->i == 0) {
            print "You see no ~"; TypedWord(i); print "~ here.^"; rfalse;
        }
    print "You see no such thing here.^";
    rfalse;
];

[ ItStill; 
    if (lastnoun == 0) rfalse;
    return InSight(lastnoun);
];

[ InSight o p;
    p = parent(o);
    while (p ~= 0) {
        if (p == player) rtrue;
        if (p == location) return Lit();
        if (p has container && p hasnt open) rfalse;
        p = parent(p);
    }
    rfalse;
];

[ Seek place from to o i a n w;
    for (o = child(place) : o : o = sibling(o)) {
        if (o == player || o has hidden) continue;
        @get_prop_addr o name -> a;
        if (a) {
            @get_prop_len a -> n; n = n / 2;
            for (i = from : i < to : i++) {
                w = words-->i;
                if (w == 0) jump Other;
                @scan_table w a n -> sp ?Fits;
                @pull w; jump Other;
                .Fits; @pull w;
            }
            ! What is at hand and can be moved comes before what only stands there.
            if (matches == 0 || (found has scenery && o hasnt scenery)) {
                rival = found; found = o;
                matches = 1;
            }
            else if (o hasnt scenery || found has scenery) { rival = o; matches++; }
        }
        .Other;
        if (child(o) ~= 0 && (o has supporter || o has open)) Seek(o, from, to);
    }
];

[ Lit o;
    if (location hasnt dark) rtrue;
    for (o = child(player) : o : o = sibling(o)) if (o has glowing) rtrue;
    for (o = child(location) : o : o = sibling(o)) if (o has glowing) rtrue;
    rfalse;
];

! ---- saying ----

[ Def o; if (o hasnt proper) print "the "; print (object) o; ];
[ CDef o; if (o hasnt proper) print "The "; print (object) o; ];
[ Ind o; if (o hasnt proper) { PrintOr(P(o, article), "a"); print " "; } print (object) o; ];
[ PrintOr s default; if (s) print (string) s; else print (string) default; ];
[ Is o; if (o has plural) print " are "; else print " is "; ];

[ Look o some;
    if (~~Lit()) "Darkness. It is too dark to see a thing.";
    give location visited;
    print (object) location, "^";
    print (string) P(location, description);
    for (o = child(location) : o : o = sibling(o))
        if (P(o, listed) && o hasnt hidden) { print " "; print (string) P(o, listed); }
    some = Portable(location);
    if (some) { print " You can see "; List(location, some); print " here."; }
    for (o = child(location) : o : o = sibling(o))
        if ((o has open || o has supporter) && o hasnt hidden) {
            some = Portable(o);
            if (some) {
                if (o has supporter) print " On "; else print " In ";
                Def(o); print " you can see "; List(o, some); print ".";
            }
        }
    print " ";
    Exits();
    new_line;
];

[ Portable place o n;
    for (o = child(place) : o : o = sibling(o)) if (Plain(o)) n++;
    return n;
];
[ Plain o;
    return o ~= player && o hasnt scenery && o hasnt hidden && P(o, listed) == 0;
];
[ List place n o;
    for (o = child(place) : o : o = sibling(o))
        if (Plain(o)) {
            Ind(o); n--;
            if (n > 1) print ", "; else if (n == 1) print " and ";
        }
];

[ Exits n;
    n = Count();
    if (n == 0) { print "There is no way out that you can see."; return; }
    if (n == 1) print "A way leads "; else print "Ways lead ";
    OneExit(n_to, "north", n); OneExit(s_to, "south", n); OneExit(e_to, "east", n);
    OneExit(w_to, "west", n); OneExit(u_to, "up", n); OneExit(d_to, "down", n);
    print ".";
];
Global told;
[ Count d n;
    told = 0;
    for (d = n_to : d <= d_to : d++) if (P(location, d)) n++;
    return n;
];
[ OneExit d s n;
    if (P(location, d) == 0) return;
    told++;
    if (told > 1) { if (told == n) print " and "; else print ", "; }
    print (string) s;
];

! ---- doing ----

[ Go dest;
    action = A_GO;
    dest = P(location, dirprop);
    if (dest == 0) {
        if (dirprop == out_to && Count() == 1) {
            for (dirprop = n_to : dirprop <= d_to : dirprop++) {
                dest = P(location, dirprop);
                if (dest) break;
            }
        }
        else "You cannot go that way.";
    }
    if (CanGo(dest)) {
        move player to dest; location = dest;
        Look();
    }
];

[ Held o; if (o in player) rtrue; print "You do not have "; Def(o); print ".^"; rfalse; ];

[ Act r;
    if (noun == 0 && action ~= A_LOOK or A_INV or A_WAIT or A_LISTEN or A_SMELL) {
        if (action == A_GO or A_ENTER) "Say where to: north, south, east, west, up or down.";
        print "What do you want to "; TypedWord(0); "?";
    }
    if (action == A_USE && second) { r = noun; noun = second; second = r; }
    if (noun) { r = P(noun, before); if (r) { if (indirect(r)) return; } }
    if (second) { r = P(second, life); if (r) { if (indirect(r)) return; } }
    Default();
];

[ Default;
    switch (action) {
        A_LOOK: Look();
        A_INV: Inventory();
        A_WAIT: "Time passes.";
        A_LISTEN: "You hear nothing that you would not expect.";
        A_SMELL: "You smell nothing that you would not expect.";
        A_EXAMINE: Examine();
        A_SEARCH:
            if (noun has container && noun hasnt open) { CDef(noun); Is(noun); "closed."; }
            if (noun has container or supporter) { Contents(); return; }
            "You find nothing of interest.";
        A_READ:
            if (P(noun, written)) { print (string) P(noun, written); new_line; return; }
            "There is nothing to read on it.";
        A_TAKE: TakeIt();
        A_DROP:
            if (~~Held(noun)) return;
            if (noun has worn) give noun ~worn;
            move noun to location;
            print "You put down "; Def(noun); ".";
        A_OPEN: OpenIt();
        A_CLOSE:
            if (noun hasnt openable) "That cannot be closed.";
            if (noun hasnt open) "It is closed already.";
            give noun ~open;
            print "You close "; Def(noun); ".";
        A_UNLOCK: UnlockIt();
        A_LOCK: "There is no need to lock anything.";
        A_WEAR:
            if (noun hasnt wearable) "You cannot wear that.";
            if (noun has worn) "You are wearing it already.";
            if (~~Held(noun)) return;
            give noun worn;
            if (P(noun, on_wear)) { print (string) P(noun, on_wear); new_line; return; }
            print "You put on "; Def(noun); ".";
        A_DOFF:
            if (noun hasnt worn) { if (noun hasnt wearable && noun notin player) { TakeIt(); return; }
                "You are not wearing that."; }
            give noun ~worn;
            print "You take off "; Def(noun); ".";
        A_PUT: PutIt();
        A_GIVE:
            if (second == 0) "Say whom to give it to.";
            if (~~Held(noun)) return;
            if (second has animate) { CDef(second); " has no use for that."; }
            "You can only give things to someone who can take them.";
        A_ASK, A_TALK:
            if (noun hasnt animate) "You get no answer.";
            CDef(noun); " has nothing to say about that.";
        A_LIGHT: "That cannot be lit.";
        A_DOUSE: 
            if (noun hasnt glowing) "It is not lit.";
            if (location has dark) "You would rather not stand here in the dark.";
            give noun ~glowing; print "You put out "; Def(noun); ".";
        A_EAT, A_DRINK: "You are not that hungry or thirsty yet.";
        A_USE:
            if (second) "You cannot think of a way to use the two together.";
            "Say what to use it on.";
        A_PUSH, A_PULL, A_TURN, A_SET:
            if (noun has animate) "That would be rude.";
            "It does not move.";
        A_CLIMB, A_ENTER, A_GO: "You cannot go there like that; give a direction.";
        A_HIT: "Violence does not help here.";
        default: "Nothing comes of that.";
    }
];

[ Inventory o n;
    n = Portable(player);
    if (n == 0) "You are carrying nothing.";
    print "You are carrying ";
    for (o = child(player) : o : o = sibling(o)) {
        Ind(o); n--;
        if (o has worn) print " (being worn)";
        if (o has glowing) print " (giving light)";
        if (n > 1) print ", "; else if (n == 1) print " and ";
    }
    ".";
];

[ Examine;
    if (P(noun, description)) print (string) P(noun, description);
    else { print "There is nothing special about "; Def(noun); print "."; }
    if (noun has locked) { print " It is locked."; new_line; return; }
    if (noun has openable && noun hasnt open) { print " It is closed."; new_line; return; }
    if (noun has glowing) print " It is giving light.";
    if (child(noun) && noun has container or supporter) { print " "; Contents(); return; }
    if (P(noun, written)) { print " "; print (string) P(noun, written); }
    new_line;
];

[ Contents n;
    n = Portable(noun);
    if (noun has supporter) print "On "; else print "In ";
    Def(noun);
    print " you can see ";
    if (n) List(noun, n); else print "nothing";
    ".";
];

[ TakeIt;
    if (noun in player) "You have that already.";
    if (noun has animate) "That would be rude.";
    if (noun has scenery or fixed) { print "You cannot take "; Def(noun); "."; }
    move noun to player;
    give noun seen;
    print "You take "; Def(noun); ".";
];

[ OpenIt;
    if (noun hasnt openable) "That cannot be opened.";
    if (noun has open) "It is open already.";
    if (noun has locked) { CDef(noun); Is(noun); "locked."; }
    give noun open;
    if (P(noun, on_open)) print (string) P(noun, on_open);
    else { print "You open "; Def(noun); print "."; }
    if (noun has container) { print " "; Contents(); return; }
    new_line;
];

[ UnlockIt;
    if (noun hasnt locked) "It is not locked.";
    if (second == 0) {
        if (P(noun, with_key) in player) second = P(noun, with_key);
        else "You have nothing that fits.";
    }
    if (~~Held(second)) return;
    if (second ~= P(noun, with_key)) { CDef(second); " does not fit."; }
    give noun ~locked;
    if (P(noun, on_unlock)) { print (string) P(noun, on_unlock); new_line; return; }
    print "You unlock "; Def(noun); ".";
];

[ PutIt;
    if (second == 0) "Say where to put it.";
    if (~~Held(noun)) return;
    if (second hasnt container && second hasnt supporter) "Nothing can be put there.";
    if (second has container && second hasnt open) { CDef(second); Is(second); "closed."; }
    if (noun has worn) give noun ~worn;
    move noun to second;
    print "You put "; Def(noun); 
    if (second has supporter) print " on "; else print " in ";
    Def(second); ".";
];

! True, with no message, where the right tool for noun is named or at hand.
[ Using tool;
    if (tool notin player) rfalse;
    if (second == tool) rtrue;
    return second == 0;
];

! A thing passes to the player.
[ Receive o; move o to player; give o seen ~hidden; ];

[ Win s;
    over = 1;
    print (string) s;
    "^^*** The End ***";
];
