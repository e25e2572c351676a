/* SPDX-License-Identifier: Apache-2.0 */
/* What the shipped model makes of pairs: which link, which wait for a person, which are nothing, and which can never be one. */
#include "check.h"

#include "mentions.h"

enum verdict { NOTHING, REVIEW, LINK, NEVER };
static const char *const words[] = {"nothing", "review", "link", "never"};

static const struct pair {
    enum xf_mention_kind kind;
    enum verdict expected;
    const char *a, *b;
} pairs[] = {
    /* A full name and the birth date link, however common the name; without the date they wait for a person. */
    {XF_PERSON, LINK, "given=amina|family=hussain|born=20110402", "given=amina|family=hussain|born=20110402"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990214|sex=f", "given=zofia|family=wisniewska|born=19990214"},
    {XF_PERSON, LINK, "given=mohammed|family=khan|born=19900506", "given=mohammed|family=khan|born=19900506"},
    {XF_PERSON, LINK, "given=john|family=smith|born=19900506", "given=john|family=smith|born=19900506"},
    {XF_PERSON, LINK, "given=emily|family=jones|born=20090506", "given=emily|family=jones|born=20090506|sex=f"},
    {XF_PERSON, LINK, "given=chloe|family=smith|born=20090506", "given=chloe|family=smith|born=20090506"},
    {XF_PERSON, LINK, "given=sarah|family=williams|born=19800506", "given=sarah|family=williams|born=19800506"},
    {XF_PERSON, LINK, /* moved, and has another telephone, mail and account: none contradicts */
     "given=john|family=smith|born=19900506|house=4|street=northgate|postcode=HD1 "
     "1RL|phone=+447700900123|email=j@x.uk|account.snapchat=j",
     "given=john|family=smith|born=19900506|house=9|street=high street|postcode=LS6 "
     "2AB|phone=+447700900999|email=s@x.uk|account.snapchat=s"},
    {XF_PERSON, REVIEW, "given=emily|family=jones|born=19900506|sex=f", "given=emily|family=jones|born=19900506|sex=m"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|born=19990214|sex=m", "given=zofia|family=wisniewska|born=19990214|sex=f"},
    {XF_PERSON, NEVER, "given=john|family=smith|born=19900506|id.nhs=9434765919",
     "given=john|family=smith|born=19900506|id.nhs=9434765870"},
    {XF_PERSON, NOTHING, "given=john|family=smith|born=19900506", "given=john|family=smith|born=19810917"},
    {XF_PERSON, NOTHING, "given=john|family=brown|born=19900506|sex=m", "given=john|family=smith|born=19900506|sex=m"},
    {XF_PERSON, NOTHING, "given=zofia|family=brown|born=19900506|sex=f", "given=zofia|family=wisniewska|born=19900506|sex=f"},
    {XF_PERSON, NOTHING, "given=zofia|family=wisniewska|born=19900506|sex=f",
     "given=karolina|family=wisniewska|born=19900506|sex=f"},
    {XF_PERSON, LINK, "given=mohammed|family=khan|born=19900506|house=4|postcode=HD1 1RL",
     "given=mohammed|family=khan|born=19900506|house=4|postcode=HD1 1RL"},
    {XF_PERSON, LINK, "given=mohammed|family=khan|born=19900506|phone=+447700900123",
     "given=mohammed|family=khan|born=19900506|phone=+447700900123"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska", "given=zofia|family=wisniewska"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|sex=f", "given=zofia|family=wisniewska|sex=f"},
    {XF_PERSON, REVIEW, "given=sarah|family=ravenscroft", "given=sarah|family=ravenscroft|born=19800506"},
    {XF_PERSON, NOTHING, "given=amina", "given=amina"},
    {XF_PERSON, NOTHING, "given=john|family=smith|sex=m", "given=john|family=smith|sex=m"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|postcode=HD1 1RL", "given=zofia|family=wisniewska|postcode=HD1 1RL"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|house=4|postcode=HD1 1RL",
     "given=zofia|family=wisniewska|house=4|postcode=HD1 1RL"},
    {XF_PERSON, REVIEW, "given=ryszard|family=wisniewski|sex=m|uprn=10|house=4|postcode=HD1 1RL",
     "given=ryszard|family=wisniewski|sex=m|uprn=10|house=4|postcode=HD1 1RL|born=20010930"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|born=19990000", "given=zofia|family=wisniewska|born=19990214"},
    {XF_PERSON, REVIEW, "given=mohammed|family=khan|phone=+447700900123", "given=mohammed|family=khan|phone=+447700900123"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|phone=+447700900123", "given=zofia|family=wisniewska|phone=+447700900123"},
    /* Names written another way. */
    {XF_PERSON, LINK, "given=bill|family=ravenscroft|born=19720911", "given=william|family=ravenscroft|born=19720911"},
    {XF_PERSON, LINK, "given=kayley|family=barrow|born=20080911|sex=f", "given=kayleigh|family=barrow|born=20080911"},
    {XF_PERSON, LINK, "given=wisniewska|family=zofia|born=19990214", "given=zofia|family=wisniewska|born=19990214"},
    {XF_PERSON, LINK, "given=aleksandra|family=wisniewska|born=19990214|house=4|postcode=HD1 1RL",
     "given=aleksandra|family=wisneiwska|born=19990214|house=4|postcode=HD1 1RL"},
    {XF_PERSON, LINK, "given=amina|family=hussain|given@1=mina|born=20110402",
     "given=mina|family=hussain|born=20110402|postcode=HD1 1RL"},
    {XF_PERSON, LINK, "given=amina|family=hussain|given@1=poppy|family@1=lastname|born=20110402",
     "given=poppy|family=lastname|born=20110402"},
    {XF_PERSON, REVIEW, "given=z|family=wisniewska|born=19990214", "given=zofia|family=wisniewska|born=19990214"},
    {XF_PERSON, REVIEW, "given=zofia|family=brown|born=19990214|house=4|postcode=HD1 1RL",
     "given=zofia|family=wisniewska|born=19990214|house=4|postcode=HD1 1RL"},
    /* Birth dates written another way. */
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990214|postcode=HD1 1RL",
     "given=zofia|family=wisniewska|born=19991402|postcode=HD1 1RL"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990311|postcode=HD1 1RL",
     "given=zofia|family=wisniewska|born=19991103|postcode=HD1 1RL"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990214|house=4|postcode=HD1 1RL",
     "given=zofia|family=wisniewska|born=19990216|house=4|postcode=HD1 1RL"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990311", "given=zofia|family=wisniewska|born=19991103"},
    {XF_PERSON, REVIEW, "given=mohammed|family=khan|born=19990311|sex=m", "given=mohammed|family=khan|born=19991103|sex=m"},
    /* A first of January is a year, and often not even that. */
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|born=19990101", "given=zofia|family=wisniewska|born=19990101"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|born=19800101|sex=f", "given=zofia|family=wisniewska|born=19800101|sex=f"},
    {XF_PERSON, REVIEW, "given=zofia|family=wisniewska|born=19800101", "given=zofia|family=wisniewska|born=19800617"},
    {XF_PERSON, NOTHING, "given=john|family=smith|born=19800101|sex=m", "given=john|family=smith|born=19800101|sex=m"},
    {XF_PERSON, NOTHING, "given=john|family=smith|born=19000101", "given=john|family=smith|born=19000101"},
    {XF_PERSON, NOTHING, "given=amina|born=19000101|postcode=HD1 1RL", "given=amina|born=19000101|postcode=HD1 1RL"},
    /* One first name in common makes no one of two sisters. */
    {XF_PERSON, REVIEW, "given=mary amina|family=wisniewska|born=20110402|house=4|postcode=HD1 1RL",
     "given=mary amira|family=wisniewska|born=20110402|house=4|postcode=HD1 1RL"},
    {XF_PERSON, NOTHING, "given=mary amina|family=wisniewska|phone=+447700900123",
     "given=mary amira|family=wisniewska|phone=+447700900123"},
    /* A household: twins, brothers, father and son share all but what makes them two. */
    {XF_PERSON, NOTHING,
     "given=hassan|family=mahfouz|born=20110402|sex=m|uprn=10|house=4|postcode=HD1 "
     "1RL|phone=+447700900123|email=m@x.uk|account.snapchat=m",
     "given=hussain|family=mahfouz|born=20110402|sex=m|uprn=10|house=4|postcode=HD1 "
     "1RL|phone=+447700900123|email=m@x.uk|account.snapchat=m"},
    {XF_PERSON, NOTHING, "given=mohammed hassan|family=mahfouz|born=20130402|postcode=HD1 1RL|house=4",
     "given=mohammed hussain|family=mahfouz|born=20110709|postcode=HD1 1RL|house=4"},
    {XF_PERSON, REVIEW, "given=amina|family=mahfouz|born=20110402|sex=f|uprn=10|phone=+447700900123|email=m@x.uk",
     "given=amira|family=mahfouz|born=20110402|sex=f|uprn=10|phone=+447700900123|email=m@x.uk"},
    {XF_PERSON, NOTHING, "given=ryszard|family=wisniewski|born=19700214|sex=m|house=4|postcode=HD1 1RL|phone=+447700900123",
     "given=ryszard|family=wisniewski|born=20010930|sex=m|house=4|postcode=HD1 1RL|phone=+447700900123"},
    {XF_PERSON, NOTHING, "given=ryszard|family=wisniewski|born=19700214|sex=m|uprn=10",
     "given=ryszard|family=wisniewski|born=19730930|sex=m|uprn=10"},
    {XF_PERSON, REVIEW, "given=ryszard|family=wisniewski|born=19700214|sex=m|uprn=10|phone=+447700900123",
     "given=ryszard|family=wisniewski|born=19710930|sex=m|uprn=10|phone=+447700900123"},
    {XF_PERSON, NOTHING, "family=wisniewski|house=4|postcode=HD1 1RL", "family=wisniewski|house=4|postcode=HD1 1RL"},
    {XF_PERSON, REVIEW, "given=ryszard|family=wisniewski|born=19700214|sex=m|house=4|postcode=HD1 1RL",
     "given=ryszard|family=wisniewski|born=19700930|sex=m|house=4|postcode=HD1 1RL"},
    /* Identifiers: a national number links alone, or with whatever does not contradict it. */
    {XF_PERSON, LINK, "id.nhs=9434765919", "id.nhs=9434765919"},
    {XF_PERSON, LINK, "id.pnc=1", "family=hussain|id.pnc=1"},
    {XF_PERSON, LINK, "family=hussain|id.nino=1", "given=amina|family=hussain|born=20110402|id.nino=1"},
    {XF_PERSON, LINK, "id.upn=1", "given=amina|family=hussain|born=20110402|id.upn=1"},
    {XF_PERSON, LINK, "id.cro=1", "given=amina|family=hussain|id.cro=1"},
    {XF_PERSON, LINK, "given=amina|family=hussain|born=20110402|id.nhs=1", "given=amina|family=hussain|born=19870911|id.nhs=1"},
    {XF_PERSON, LINK, "given=amina|family=hussain|born=20110402|id.nhs=1", "given=poppy|family=lastname|born=20110402|id.nhs=1"},
    {XF_PERSON, REVIEW, "given=amina|family=hussain|born=20110402|id.nhs=1", "given=poppy|family=lastname|born=19870911|id.nhs=1"},
    {XF_PERSON, REVIEW, "given=amina|family=hussain|born=20110402|id.nhs=1", "given=poppy|family=hussain|born=20130911|id.nhs=1"},
    {XF_PERSON, REVIEW, "given=amina|family=hussain|born=20110402|sex=f|house=4|postcode=HD1 1RL|phone=+447700900123|id.nhs=1",
     "given=tomasz|family=hussain|born=19870911|sex=m|house=4|postcode=HD1 1RL|phone=+447700900123|id.nhs=1"},
    {XF_PERSON, REVIEW, "given=amina|family=hussain|id.nhs=1", "given=poppy|family=hussain|id.nhs=1"},
    {XF_PERSON, REVIEW, "id.nhs=1|born=20110402", "id.nhs=1|born=19870911"},
    {XF_PERSON, NOTHING, "weak.id.nhs=1", "weak.id.nhs=1"},
    /* A number of no known scheme is one agency's, or a family's. */
    {XF_PERSON, NOTHING, "id.case=1234", "id.case=1234"},
    {XF_PERSON, LINK, "given=mohammed|family=khan|id.case=1234", "given=mohammed|family=khan|id.case=1234"},
    {XF_PERSON, NOTHING, "given=hassan|family=mahfouz|born=20110402|sex=m|id.case=1234",
     "given=hussain|family=mahfouz|born=20110402|sex=m|id.case=1234"},
    {XF_PERSON, LINK, "given=amina|family=hussain|id.nhs=9434765919", "given=amina|family=hussain|id.nhs=9434765919"},
    {XF_PERSON, LINK, "given=mina|family=hussain|id.nhs=9434765919", "given=mina|family=khan|id.nhs=9434765919"},
    {XF_PERSON, LINK, "given=mina|family=hussain|born=20110402|id.nhs=9434765919",
     "given=mina|family=khan|born=20110402|id.nhs=9434765919"},
    {XF_PERSON, REVIEW, "given=amina|family=hussain|id.nhs=9434765919", "given=tomasz|family=khan|id.nhs=9434765919"},
    {XF_PERSON, NEVER, "given=zofia|family=wisniewska|born=19990214|id.nhs=9434765919",
     "given=zofia|family=wisniewska|born=19990214|id.nhs=9434765870"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990214|id.upn=A",
     "given=zofia|family=wisniewska|born=19990214|id.upn=B"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|born=19990214|weak.id.nhs=1",
     "given=zofia|family=wisniewska|born=19990214|weak.id.nhs=2"},
    {XF_PERSON, REVIEW, "given=zofia|family=nowak|born=19990214|weak.id.nhs=1",
     "given=zofia|family=nowak|born=19990216|weak.id.nhs=1|postcode=HD1 1RL"},
    {XF_PERSON, NEVER, "given=zofia|family=wisniewska|id.pnc=1|id.nhs=9434765919",
     "given=zofia|family=wisniewska|id.pnc=1|id.nhs=9434765870"},
    {XF_PERSON, LINK, "given=zofia|family=wisniewska|id.nhs=9434765870|id.nhs=9434765919",
     "given=zofia|family=wisniewska|id.nhs=9434765919"},
    /* Locations. */
    {XF_LOCATION, LINK, "uprn=83151234", "uprn=83151234|name=star grill"},
    {XF_LOCATION, LINK, "uprn=83151234|name=northgate kebab", "uprn=83151234|name=star grill"},
    {XF_LOCATION, LINK, "house=12|street=northgate|postcode=HD1 1RL", "house=12|street=northgate|postcode=HD1 1RL|name=star grill"},
    {XF_LOCATION, LINK, "house=12|street=northgate|postcode=HD1 1RL|name=northgate kebab",
     "house=12|street=northgate|postcode=HD1 1RL|name=star grill"},
    {XF_LOCATION, LINK, "house=12|street=north gate|postcode=WK1 1RL|name=star grill takeaway",
     "house=12|street=northgate|postcode=WK1 1RL|name=star grill"},
    {XF_LOCATION, LINK, "house=12|street=north gate|postcode=WK1 1RL|name=kebab king|type=takeaway",
     "house=12|street=northgate|postcode=WK1 1RL|name=star grill|type=shop"},
    {XF_LOCATION, REVIEW, "house=12|street=high street|postcode=WK1 1RL", "house=12|street=northgate|postcode=WK1 1RL"},
    {XF_LOCATION, LINK, "house=12|street=high street|postcode=WK1 1RL", "house=12|postcode=WK1 1RL"},
    {XF_LOCATION, LINK, "house=12|postcode=WK1 1RL|name=kebab king", "house=12|postcode=WK1 1RL|name=star grill"},
    {XF_LOCATION, NOTHING, "flat=1|house=12|street=north gate|postcode=WK1 1RL",
     "flat=2|house=12|street=northgate|postcode=WK1 1RL"},
    {XF_LOCATION, REVIEW, "flat=1|house=12|street=northgate|postcode=WK1 1RL|name=star grill",
     "flat=2|house=12|street=northgate|postcode=WK1 1RL|name=star grill"},
    {XF_LOCATION, NOTHING, "house=12|street=northgate|postcode=WK1 1RL", "house=12|street=northgate|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "house=12|street=northgate|town=wakefield|name=kebab king",
     "house=12|street=northgate|town=wakefield|name=star grill"},
    {XF_LOCATION, NOTHING, "street=northgate|postcode=WK1 1RL", "street=northgate|postcode=WK1 1RL"},
    {XF_LOCATION, LINK, "name=star grill|postcode=HD1 1RL|type=takeaway", "name=star grill|postcode=HD1 1RL|type=shop"},
    {XF_LOCATION, LINK, "name=star grill|postcode=HD1 1RL", "name=star grill|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "postcode=HD1 1RL", "postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "name=star grill", "name=star grill"},
    {XF_LOCATION, NOTHING, "name=star grill|type=takeaway", "name=star grill|type=takeaway"},
    {XF_LOCATION, LINK, "house=12|street=northgate|town=huddersfield",
     "house=12|street=northgate|town=huddersfield|postcode=HD1 1RL"},
    {XF_LOCATION, REVIEW, "house=12|street=northgate|postcode=HD1 1RL", "flat=2|house=12|street=northgate|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "flat=1|house=12|street=northgate|postcode=HD1 1RL",
     "flat=2|house=12|street=northgate|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "house=12|street=northgate|postcode=HD1 1RL", "house=14|street=northgate|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "uprn=83151234|house=12|street=northgate|postcode=HD1 1RL",
     "uprn=83151235|house=12|street=northgate|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "name=star grill|lat=536466000|lon=-17829000", "name=star grill|lat=536467000|lon=-17829500"},
    {XF_LOCATION, NOTHING, "lat=536466000|lon=-17829000", "lat=536466000|lon=-17829000"},
    {XF_LOCATION, NOTHING, "name=star grill|lat=536466000|lon=-17829000", "name=star grill|lat=536866000|lon=-17829500"},
    {XF_LOCATION, REVIEW, "name=star grill|postcode=HD1 1RL", "name=star grill takeaway|postcode=HD1 1RL"},
    /* One door, written in many ways; two doors of one house; a house and its flats. */
    {XF_LOCATION, LINK, "flat=a|house=3|street=mill lane|postcode=HD1 1RL", "house=3a|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "house=12/3|street=mill lane|postcode=HD1 1RL", "flat=3|house=12|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "flat=2/1|house=15|postcode=G11 5DF", "flat=1 second floor|house=15|postcode=G11 5DF"},
    {XF_LOCATION, LINK, "flat=basement|house=3|postcode=HD1 1RL", "flat=lower ground floor|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "flat=04|house=3|postcode=HD1 1RL", "flat=4|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "house=23|street=mill lane|postcode=HD1 1RL", "house=21-29|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "house=24|street=mill lane|postcode=HD1 1RL", "house=21-29|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "house=92|street=kingsway|postcode=HD1 1RL", "house=92-92a|street=kingsway|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "house=144|street=piper road|postcode=HD1 1RL",
     "house=144 and a half|street=piper road|postcode=HD1 1RL"},
    {XF_LOCATION, REVIEW, "house=3|street=mill lane|postcode=HD1 1RL", "house=3a|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "house=3b|street=mill lane|postcode=HD1 1RL", "house=3a|street=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, REVIEW, "flat=b|house=3|postcode=HD1 1RL", "flat=2|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "flat=b|house=3|postcode=HD1 1RL", "flat=3|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, REVIEW, "flat=first floor|house=3|postcode=HD1 1RL", "flat=a first and second floor|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, REVIEW, "flat=top floor|house=3|postcode=HD1 1RL", "flat=first floor|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "flat=top floor|house=3|postcode=HD1 1RL", "flat=ground floor|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "flat=first floor front|house=3|postcode=HD1 1RL", "flat=first floor rear|house=3|postcode=HD1 1RL"},
    {XF_LOCATION, REVIEW, "flat=45|house=25|building=zebra house|postcode=AL1 1AA",
     "house=25|building=zebra house|postcode=AL1 1AA"},
    {XF_LOCATION, NOTHING, "flat=45|house=25|building=zebra house|postcode=AL1 1AA",
     "flat=26|house=25|building=zebra house|postcode=AL1 1AA"},
    /* Streets: within a postcode half a name will do, across a town it will not. */
    {XF_LOCATION, LINK, "house=9|street=rainbow lane|postcode=HD1 1RL", "house=9|street=rainbow road|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "house=9|street=manningham lane|postcode=HD1 1RL", "house=9|street=maningham lane|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "house=9|street=park lane|town=leeds", "house=9|street=park road|town=leeds"},
    {XF_LOCATION, LINK, "house=9|street=manningham lane|town=bradford",
     "house=9|street=maningham lane|town=bradford west yorkshire"},
    {XF_LOCATION, NOTHING, "house=9|street=manningham lane|town=bradford", "house=9|street=manningham lane|town=leeds"},
    {XF_LOCATION, REVIEW, "house=9|street=manningham lane|town=bradford", "house=9|street=manningham lane"},
    {XF_LOCATION, LINK, "building=sues nails|street=rainbow lane|postcode=HD1 1RL",
     "building=sues nails|house=6|street=rainbow road|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "flat=c3|street=charter way|postcode=CM77 8YH",
     "flat=c3|street=charter way|town=braintree|postcode=CM77 8YH"},
    {XF_LOCATION, NOTHING, "flat=c3|street=charter way|postcode=CM77 8YH", "flat=c2|street=charter way|postcode=CM77 8YH"},
    {XF_LOCATION, REVIEW, "flat=2|building=cosford park|street=mill lane|postcode=HD1 1RL",
     "house=2|street=cosford park|town=mill lane|postcode=HD1 1RL"},
    {XF_LOCATION, LINK, "name=star grill|flat=3|postcode=HD1 1RL", "name=star grill|postcode=HD1 1RL"},
    {XF_LOCATION, NOTHING, "name=star grill|flat=3|postcode=HD1 1RL", "name=star grill|flat=5|postcode=HD1 1RL"},
    /* Units of a named building, parts of an estate, what lies beside a house. */
    {XF_LOCATION, NOTHING, "flat=18|building=ladygate centre|house=40|street=high street|postcode=SS12 9AJ",
     "flat=20|building=ladygate centre|street=high street|postcode=SS12 9AJ"},
    {XF_LOCATION, REVIEW, "building=avoca house|house=4|street=mill lane|postcode=MK43 8JT",
     "flat=first floor|building=avoca house|street=mill lane|postcode=MK43 8JT"},
    {XF_LOCATION, REVIEW, "building=kfc interchange retail park|house=3|street=polo field way|postcode=MK42 7AZ",
     "building=burger king interchange retail park|house=3|street=polo field way|postcode=MK42 7AZ"},
    {XF_LOCATION, REVIEW, "building=rear of|house=3|street=mill lane|postcode=MK42 7AZ",
     "house=3|street=mill lane|postcode=MK42 7AZ"},
    {XF_LOCATION, LINK, "building=the flowerpot|house=25|street=mill lane|postcode=MK42 7AZ",
     "house=25|street=mill lane|postcode=MK42 7AZ"},
    {XF_LOCATION, NOTHING, "house=68a-70|street=mill lane|postcode=MK42 7AZ", "house=68|street=mill lane|postcode=MK42 7AZ"},
    /* Postcodes misread, and in no postcode's form. */
    {XF_LOCATION, REVIEW, "house=12|street=northgate|postcode=HD1 1RL", "house=12|street=northgate|postcode=HD11 1RL"},
    {XF_LOCATION, REVIEW, "house=12|street=northgate|postcode=HD1 1RL", "house=12|street=northgate|postcode=HD1 1XX"},
    {XF_LOCATION, LINK, "house=13|street=adelle drive|weak.postcode=MKA 7NP", "house=13|street=adelle road|weak.postcode=MKA 7NP"},
    {XF_LOCATION, LINK, "house=12|street=northgate|town=ely|weak.postcode=CBA 7NP",
     "house=12|street=northgate|town=ely|postcode=CB6 7NP"},
    /* Vehicles. */
    {XF_VEHICLE, LINK, "vrm=YD12KLM", "vrm=YD12KLM|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, LINK, "vrm=YD12KLM|make=ford|colour=blue", "vrm=YD12KLM|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, NOTHING, "vrm=YD12", "vrm=YD12"},
    {XF_VEHICLE, NOTHING, "weak.vrm=YD12K*", "weak.vrm=YD12K*"},
    {XF_VEHICLE, NOTHING, "weak.vrm=YD12*", "vrm=YD12KLM"},
    {XF_VEHICLE, REVIEW, "weak.vrm=YD12*|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, REVIEW, "weak.vrm=YD12*|make=ferrari|model=california|colour=yellow",
     "vrm=YD12KLM|make=ferrari|model=california|colour=yellow"},
    {XF_VEHICLE, REVIEW, "weak.vrm=*KLM|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, NOTHING, "weak.vrm=YD*|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, NOTHING, "weak.vrm=YE12*|make=skoda|model=octavia|colour=silver",
     "vrm=YD12KLM|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, NOTHING, "weak.vrm=YD12K*|make=skoda", "weak.vrm=YD12*|make=skoda"},
    {XF_VEHICLE, REVIEW, "weak.vrm=YD12K?M", "vrm=YD12KLM"},
    {XF_VEHICLE, REVIEW, "weak.vrm=YD12KL?", "vrm=YD12KLM|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, REVIEW, "weak.vrm=YO12?LM|make=skoda|colour=silver", "vrm=Y012KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, LINK, "weak.vrm=YD12*|vin=TMBJG7NE5H0123456", "vrm=YD12KLM|vin=TMBJG7NE5H0123456"},
    {XF_VEHICLE, NOTHING, "vrm=YD12|make=skoda|colour=silver", "vrm=YD12KLM|make=skoda|colour=silver"},
    {XF_VEHICLE, REVIEW, "vrm=YD12KLO", "vrm=YD12KL0"},
    {XF_VEHICLE, REVIEW, "vrm=8S51ZIO", "vrm=B5SI210"},
    {XF_VEHICLE, NOTHING, "vrm=YD12KLD", "vrm=YD12KLQ"},
    {XF_VEHICLE, REVIEW, "vrm=YD12KLD|make=skoda", "vrm=YD12KLQ|make=skoda"},
    {XF_VEHICLE, REVIEW, "vrm=YG12KLC|make=skoda", "vrm=Y612KLG|make=skoda"},
    {XF_VEHICLE, NOTHING, "vrm=YD12KLM", "vrm=YD12KLN"},
    {XF_VEHICLE, REVIEW, "vrm=YD12KLM|make=skoda|colour=silver", "vrm=YD12KLN|make=skoda|colour=silver"},
    {XF_VEHICLE, REVIEW, "vrm=YD12KLM|make=skoda|model=octavia|colour=silver",
     "vrm=YD12LKM|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, NOTHING, "vrm=YD12KLM|make=skoda|model=octavia|colour=silver",
     "vrm=YD21KLN|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, REVIEW, "vin=TMBJG7NE5H0123456", "weak.vin=H0123456"},
    {XF_VEHICLE, REVIEW, "vin=TMBJG7NE5H0123456", "vin=TMBJG7NESH0123456"},
    {XF_VEHICLE, REVIEW, "vin=TMBJG7NE5H0123456", "vin=TMBJG7NE5H0123466"},
    {XF_VEHICLE, LINK, "vin=TMBJG7NE5H0123456", "weak.vin=TMBJG7NE5HO123456"},
    {XF_VEHICLE, LINK, "vrm=YD12KLM|vin=TMBJG7NE5H0123456", "vrm=YD12KLM|vin=TMBJG7NE5H0123466"},
    {XF_VEHICLE, NOTHING, "vin=TMBJG7NE5H0123456", "weak.vin=56"},
    {XF_VEHICLE, LINK, "vrm=YD12KLO|make=skoda|model=octavia|colour=silver", "vrm=YD12KL0|make=skoda|model=octavia|colour=silver"},
    {XF_VEHICLE, LINK, "vin=TMBJG7NE5H0123456", "vin=TMBJG7NE5H0123456|vrm=YD12KLM"},
    {XF_VEHICLE, NOTHING, "vrm=YD12KLM|vin=TMBJG7NE5H0123456", "vrm=YD12KLM|vin=WVWZZZ1KZAW000001"},
    {XF_VEHICLE, NOTHING, "make=skoda|model=octavia|colour=silver", "make=skoda|model=octavia|colour=silver"},
};

static enum verdict judge(const struct xf_model *model, enum xf_mention_kind kind, const struct xf_why *why)
{
    if (why->conflict)
        return NEVER;
    if (why->total >= xf_model_link_threshold(model, kind))
        return LINK;
    return why->total >= xf_model_review_threshold(model, kind) ? REVIEW : NOTHING;
}

static void print_why(const struct xf_why *why)
{
    print_error("  prior %d\n", why->prior);
    for (size_t i = 0; i < why->count; i++)
        print_error("  %s %s %d\n", why->results[i].comparison, why->results[i].level, why->results[i].weight);
    print_error("  total %d\n", why->total);
}

static void pairs_weigh_what_they_should(void **state)
{
    struct xf_model *model = shipped_model();
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct xf_intern *symbols = xf_intern_create();
        struct xf_linker *linker = xf_linker_create(model, symbols);
        struct xf_mention a = mention_of(symbols, pairs[i].kind, pairs[i].a), b = mention_of(symbols, pairs[i].kind, pairs[i].b);
        struct xf_why why, back;
        int32_t sum;

        assert_int_equal(xf_linker_add(linker, 0, &a), XF_OK);
        assert_int_equal(xf_linker_add(linker, 1, &b), XF_OK);
        xf_linker_why(linker, 0, 1, &why);
        xf_linker_why(linker, 1, 0, &back);
        assert_int_equal(why.total, back.total);
        assert_int_equal(why.conflict, back.conflict);
        sum = why.prior;
        for (size_t j = 0; j < why.count; j++)
            sum += why.results[j].weight;
        assert_int_equal(sum, why.total);
        if (judge(model, pairs[i].kind, &why) != pairs[i].expected) {
            print_error("%s | %s: expected %s, is %s\n", pairs[i].a, pairs[i].b, words[pairs[i].expected],
                        words[judge(model, pairs[i].kind, &why)]);
            print_why(&why);
            wrong++;
        }
        xf_linker_destroy(linker);
        xf_intern_destroy(symbols);
    }
    xf_model_destroy(model);
    assert_int_equal(wrong, 0);
}

/* What a pair is said to have in common: levels by their comparisons ("sex=-": not compared), and what chance takes off. */
static const struct told {
    const char *a, *b, *expected;
} told[] = {
    /* Names in parts. */
    {"given=amina|family=hussain", "given=amina|family=hussain", "given=exact|family=exact|name=exact"},
    {"given=hussain|family=amina", "given=amina|family=hussain", "given=-|family=-|name=swapped"},
    {"given=amina jane|family=hussain", "given=hussain|family=amina jane", "given=-|family=-|name=swapped"},
    {"given=hussein|family=amina", "given=amina|family=hussain", "name=different"}, /* swapped and misspelt: not that */
    {"given=thomas|family=thomas", "given=thomas|family=thomas", "given=exact|family=exact|name=exact"},
    {"given=kayley|family=ravenscroft", "given=kayleigh|family=ravenscroft", "given=equivalent|family=exact|name=equivalent"},
    {"given=bill|family=ravenscroft", "given=william|family=ravenscroft", "given=equivalent|family=exact|name=equivalent"},
    {"given=agnieszka|family=wisniewska", "given=agnieskza|family=wisnieswka", "name=similar"},
    {"given=agnieszka|family=ravenscroft", "given=agnieszka|family=ravenscrof", "given=exact"},
    {"given=agnieszka|family=smith jones", "given=agnieszka|family=jones", "given=exact|family=similar|name=similar"},
    {"given=mohammed hassan|family=quill", "given=hassan|family=quill", "given=similar|family=exact|name=similar"},
    {"given=mary ann|family=quill", "given=mary jane|family=quill", "given=resembling|family=exact|name=resembling"},
    {"given=mary ann|family=quill", "given=mary anne|family=quill", "given=equivalent|family=exact|name=equivalent"},
    {"given=mary ann|family=quill", "given=mary|family=quill", "given=equivalent|family=exact|name=equivalent"},
    {"given=a|family=quill", "given=amina|family=quill", "given=initial|family=exact|name=initial"},
    {"given=a|family=quill", "given=zofia|family=quill", "given=different|family=exact|name=family_differing_given"},
    {"given=a|family=quill", "given=a|family=quill", "given=exact|family=exact|name=exact"},
    {"given=amina|family=q", "given=amina|family=quill", "given=exact|family=initial|name=resembling"},
    {"given=amina", "given=amina|family=quill", "given=exact|family=-|name=given_only"},
    {"family=quill", "given=amina|family=quill", "given=-|family=exact|name=family_only"},
    {"given=amina", "family=quill", "given=-|family=-|name=-"},
    {"given=amina|family=quill", "given=amina|family=barrow", "given=exact|family=different|name=given_differing_family"},
    {"given=zofia|family=quill", "given=norbert|family=barrow", "given=different|family=different|name=different"},
    /* Initials never outdo whole names: what tells in full on both sides goes before what does not. */
    {"given=a|family=khan|given@1=amina|family@1=khan", "given=aisha|family=khan",
     "given=different|family=exact|name=family_differing_given"},
    {"given=aisha|family=khan", "given=amina|family=khan|given@1=a|family@1=khan",
     "given=different|family=exact|name=family_differing_given"},
    {"given=a|family=khan", "given=aisha|family=khan", "given=initial|family=exact|name=initial"},
    {"given=a|family=khan|given@1=amina|family@1=khan", "given=amina|family=khan", "given=exact|family=exact|name=exact"},
    {"given=amina|given@1=mina|family=quill", "given=mina|family=quill", "given=exact|family=exact|name=exact"},
    /* Dates: those known to the day go before the others, however much better the others agree. */
    {"given=z|born=19990214", "given=z|born=19990214", "birth_date=exact"},
    {"given=z|born=19990311", "given=z|born=19991103", "birth_date=day_month_swapped"},
    {"given=z|born=19990214", "given=z|born=19990216", "birth_date=one_digit"},
    {"given=z|born=19990214", "given=z|born=19970214", "birth_date=one_digit"},
    {"given=z|born=19990214", "given=z|born=19890214", "birth_date=decade_digit"},
    {"given=z|born=19990214", "given=z|born=18990214", "birth_date=decade_digit"},
    {"given=z|born=19990214", "given=z|born=19990230", "birth_date=same_month"},
    {"given=z|born=19990214", "given=z|born=19990325", "birth_date=same_year"},
    {"given=z|born=19990214", "given=z|born=20000325", "birth_date=near_year"},
    {"given=z|born=19990214", "given=z|born=19950325", "birth_date=different"},
    {"given=z|born=19990214", "given=z|born=19700325", "birth_date=generation"},
    {"given=z|born=19990000", "given=z|born=19990000", "birth_date=years"},
    {"given=z|born=19990101", "given=z|born=19990000", "birth_date=years"},
    {"given=z|born=19990000", "given=z|born=19890000", "birth_date=years_digit"},
    {"given=z|born=19990000", "given=z|born=19980000", "birth_date=near_year"},
    {"given=z|born=19990000", "given=z|born=19990214", "birth_date=partial_year"},
    {"given=z|born=19990200", "given=z|born=19990214", "birth_date=partial_month"},
    {"given=z|born=19990300", "given=z|born=19990214", "birth_date=same_year"},
    {"given=z|born=19000101", "given=z|born=19990214", "birth_date=-"},
    {"given=z|born=19990000|born=19990214", "given=z|born=19990325", "birth_date=same_year"},
    {"given=z|born=19990200|born=19850917", "given=z|born=19990214", "birth_date=generation"},
    {"given=z|born=19990200|born=19990000", "given=z|born=19990214", "birth_date=partial_month"},
    /* Two sexes told of one tell nothing. */
    {"given=z|sex=f", "given=z|sex=f", "sex=equal"},
    {"given=z|sex=f", "given=z|sex=m", "sex=different"},
    {"given=z|sex=f|sex=m", "given=z|sex=f", "sex=-"},
    {"given=z|sex=f|sex=m", "given=z|sex=f|sex=m", "sex=-"},
    {"given=z", "given=z|sex=f", "sex=-"},
    /* Identifiers. */
    {"id.nhs=9434765919", "id.nhs=9434765919", "id=national"},
    {"id.case=A1234", "id.case=A1234", "id=equal"},
    {"id.case=A1234", "id.case=A1235", "id=one_character"},
    {"id.case=A1234", "id.case=A123", "id=one_character"},
    {"id.case=A1234", "id.case=A12345", "id=one_character"},
    {"id.case=A1234", "id.case=A1256", "id=different"},
    {"id.case=A1234", "id.file=A1234", "id=-"},
    {"id.case=A1234", "weak.id.case=A1234", "id=-"},
    {"id.case=A1234|id.case=B77", "id.case=A1235|id.case=B77", "id=equal"},
    {"id.case=A1234|id.nhs=9434765919", "id.case=A1234|id.nhs=9434765919", "id=national"},
    /* Homes. */
    {"uprn=10|house=4|postcode=HD1 1RL", "uprn=10|house=5|postcode=HD1 1RL", "address=uprn"},
    {"house=4|postcode=HD1 1RL", "house=4|postcode=HD1 1RL", "address=house"},
    {"flat=2|house=4|postcode=HD1 1RL", "house=4|postcode=HD1 1RL", "address=house"},
    {"house=4|street=northgate|town=leeds", "house=4|street=northgate|town=leeds|postcode=LS1 1RL", "address=house"},
    {"house=4|street=northgate|postcode=HD1 1RL", "house=4|street=northgate|postcode=LS6 2AB", "address=house_street"},
    {"postcode=HD1 1RL", "house=4|postcode=HD1 1RL", "address=postcode"},
    {"house=5|postcode=HD1 1RL", "house=4|postcode=HD1 1RL", "address=neighbour"},
    {"flat=1|house=4|postcode=HD1 1RL", "flat=2|house=4|postcode=HD1 1RL", "address=neighbour"},
    {"postcode=HD1 1RL", "postcode=HD1 1RT", "address=postcode_misspelt"},
    {"postcode=HD1 1RL", "postcode=HD11 1RL", "address=postcode_misspelt"},
    {"postcode=HD1 1RL", "postcode=HD2 1RL", "address=postcode_misspelt"},
    {"postcode=HD1 1RL", "postcode=HD1 1XX", "address=sector"},
    {"postcode=HD1 1RL", "postcode=HD1 2XX", "address=outcode"},
    {"postcode=HD1 1RL", "postcode=HD2 2XX", "address=area"},
    {"postcode=HD1 1RL", "postcode=HD11 2XX", "address=area"},
    {"postcode=S1 1RL", "postcode=SK1 2XX", "address=different"},
    {"postcode=HD1 1RL", "postcode=LS6 2AB", "address=different"},
    {"town=leeds", "town=leeds|postcode=LS6 2AB", "address=town"},
    {"town=leeds", "town=york|postcode=YO1 2AB", "address=different"},
    {"town=leeds", "postcode=LS6 2AB", "address=-"},
    {"house=4|postcode=HD1 1RL|house@1=9|postcode@1=LS6 2AB", "house=9|postcode=LS6 2AB", "address=house"},
    /* The best of n pairs of values is worth log2 n less, and never less than nothing. */
    {"born=19990214", "born=19990214", "birth_date=exact|birth_date-"},
    {"born=19990214|born=19850917", "born=19990214", "birth_date=exact|birth_date-1000"},
    {"born=19990214|born=19850917", "born=19990214|born=19770809", "birth_date=exact|birth_date-2000"},
    {"born=19990214|born=19850917|born=19770809", "born=19990214", "birth_date=exact|birth_date-1585"},
    {"born=19990200|born=19990214", "born=19990214", "birth_date=exact|birth_date-"}, /* the day's pair is the only one */
    {"born=19990214|born=19850917", "born=19990325", "birth_date=same_year|birth_date-"},
    {"phone=+447700900123|phone=+447700900124|phone=+447700900125", "phone=+447700900123", "phone=equal|phone-1585"},
    {"phone=+447700900123|phone=+447700900124", "phone=+447700900125", "phone=different|phone-"},
    {"account.snapchat=z|account.tiktok=zz", "account.snapchat=z", "account=equal|account-"}, /* of one service only */
    {"house=4|postcode=HD1 1RL|house@1=9|postcode@1=LS6 2AB", "house=9|postcode=LS6 2AB", "address-1000"},
    {"given=amina|family=quill|given@1=poppy|family@1=barrow", "given=amina|family=quill", "name=exact|name-1000"},
    {"given=a|family=quill|given@1=amina|family@1=quill", "given=amina|family=quill", "name=exact|name-"},
    {"given=zofia|family=quill|given@1=poppy|family@1=barrow", "given=norbert|family=moss", "name=different|name-"},
};

/* Whether the answer says "comparison=level", "comparison=-", or "comparison-chance". */
static bool says(const struct xf_why *why, char *expected)
{
    size_t at = strcspn(expected, "=-");
    bool level = expected[at] == '=';
    const char *found = NULL;
    int32_t off = 0;

    for (size_t i = 0; i < why->count; i++) {
        const struct xf_comparison_result *result = &why->results[i];

        if (strlen(result->comparison) != at || memcmp(result->comparison, expected, at) != 0)
            continue;
        if (strcmp(result->level, "one_of_several") == 0)
            off -= result->weight;
        else if (!found)
            found = result->level;
    }
    if (!level)
        return off == atoi(expected + at + 1);
    return expected[at + 1] == '-' ? !found : found && strcmp(found, expected + at + 1) == 0;
}

static void pairs_are_told_at_their_levels(void **state)
{
    struct xf_model *model = shipped_model();
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
        struct xf_intern *symbols = xf_intern_create();
        struct xf_linker *linker = xf_linker_create(model, symbols);
        struct xf_mention a = mention_of(symbols, XF_PERSON, told[i].a), b = mention_of(symbols, XF_PERSON, told[i].b);
        char copy[256], *rest = copy, *part;
        struct xf_why why[2];

        strcpy(copy, told[i].expected);
        assert_int_equal(xf_linker_add(linker, 0, &a), XF_OK);
        assert_int_equal(xf_linker_add(linker, 1, &b), XF_OK);
        xf_linker_why(linker, 0, 1, &why[0]);
        xf_linker_why(linker, 1, 0, &why[1]);
        while ((part = strsep(&rest, "|"))) {
            for (int side = 0; side < 2; side++) {
                if (says(&why[side], part))
                    continue;
                print_error("%s | %s: not %s\n", told[i].a, told[i].b, part);
                print_why(&why[side]);
                wrong++;
                break;
            }
        }
        xf_linker_destroy(linker);
        xf_intern_destroy(symbols);
    }
    xf_model_destroy(model);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs_weigh_what_they_should),
                                       cmocka_unit_test(pairs_are_told_at_their_levels)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
