/* SPDX-License-Identifier: Apache-2.0 */
/* The words of British addresses and what they can be there, with the abbreviations that Royal Mail, councils and people use. Asked
 * by address.c for every word of an address. Invariant: the table is sorted, so that a look-up is a binary search. */
#include "address_words.h"

#include <string.h>

/* clang-format off */
static const struct xf_address_word table[] = {
    {"1st", XF_ADDRESS_STOREY, "first"}, {"2nd", XF_ADDRESS_STOREY, "second"}, {"3rd", XF_ADDRESS_STOREY, "third"},
    {"4th", XF_ADDRESS_STOREY, "fourth"}, {"5th", XF_ADDRESS_STOREY, "fifth"}, {"6th", XF_ADDRESS_STOREY, "sixth"},
    {"abbey", XF_ADDRESS_BUILDING, NULL}, {"academy", XF_ADDRESS_BUILDING, NULL},
    {"alley", XF_ADDRESS_STREET, NULL}, {"almshouses", XF_ADDRESS_COURT, NULL},
    {"annex", XF_ADDRESS_BUILDING, "annexe"}, {"annexe", XF_ADDRESS_BUILDING, NULL}, {"apartment", XF_ADDRESS_FLAT, NULL},
    {"apartments", XF_ADDRESS_COURT, NULL}, {"apmt", XF_ADDRESS_FLAT, "flat"}, {"appr", XF_ADDRESS_STREET, "approach"},
    {"approach", XF_ADDRESS_STREET, NULL}, {"appt", XF_ADDRESS_FLAT, "flat"}, {"apt", XF_ADDRESS_FLAT, "flat"},
    {"arcade", XF_ADDRESS_STREET, NULL}, {"arms", XF_ADDRESS_BUILDING, NULL}, {"attic", XF_ADDRESS_STOREY, NULL},
    {"av", XF_ADDRESS_STREET, "avenue"}, {"ave", XF_ADDRESS_STREET, "avenue"}, {"aven", XF_ADDRESS_STREET, "avenue"},
    {"avenue", XF_ADDRESS_STREET, NULL}, {"bakery", XF_ADDRESS_BUILDING, NULL}, {"bank", XF_ADDRESS_FEATURE, NULL},
    {"bar", XF_ADDRESS_BUILDING, NULL}, {"barn", XF_ADDRESS_BUILDING, NULL}, {"barracks", XF_ADDRESS_BUILDING, NULL},
    {"basement", XF_ADDRESS_STOREY, NULL}, {"bedsit", XF_ADDRESS_UNIT, NULL}, {"bldg", XF_ADDRESS_BUILDING, "building"},
    {"bldgs", XF_ADDRESS_COURT, "buildings"}, {"blvd", XF_ADDRESS_STREET, "boulevard"}, {"boulevard", XF_ADDRESS_STREET, NULL},
    {"br", XF_ADDRESS_FEATURE, "bridge"}, {"brewery", XF_ADDRESS_BUILDING, NULL}, {"brg", XF_ADDRESS_FEATURE, "bridge"},
    {"bridge", XF_ADDRESS_FEATURE, NULL}, {"britain", XF_ADDRESS_COUNTRY, NULL}, {"broadway", XF_ADDRESS_STREET, NULL},
    {"brow", XF_ADDRESS_STREET, NULL}, {"bsmt", XF_ADDRESS_STOREY, "basement"}, {"building", XF_ADDRESS_BUILDING, NULL},
    {"buildings", XF_ADDRESS_COURT, NULL}, {"bungalow", XF_ADDRESS_BUILDING, NULL}, {"butchers", XF_ADDRESS_BUILDING, NULL},
    {"bypass", XF_ADDRESS_STREET, NULL}, {"cafe", XF_ADDRESS_BUILDING, NULL}, {"canteen", XF_ADDRESS_BUILDING, NULL},
    {"castle", XF_ADDRESS_BUILDING, NULL}, {"catering", XF_ADDRESS_BUILDING, NULL}, {"causeway", XF_ADDRESS_STREET, NULL},
    {"cemetery", XF_ADDRESS_BUILDING, NULL}, {"center", XF_ADDRESS_BUILDING, "centre"}, {"centre", XF_ADDRESS_BUILDING, NULL},
    {"chapel", XF_ADDRESS_BUILDING, NULL}, {"chase", XF_ADDRESS_STREET, NULL}, {"chippy", XF_ADDRESS_BUILDING, NULL},
    {"church", XF_ADDRESS_BUILDING, NULL}, {"cinema", XF_ADDRESS_BUILDING, NULL}, {"circ", XF_ADDRESS_STREET, "circus"},
    {"circus", XF_ADDRESS_STREET, NULL}, {"cl", XF_ADDRESS_STREET, "close"}, {"clinic", XF_ADDRESS_BUILDING, NULL},
    {"clo", XF_ADDRESS_STREET, "close"}, {"cloisters", XF_ADDRESS_STREET, NULL}, {"close", XF_ADDRESS_STREET, NULL},
    {"club", XF_ADDRESS_BUILDING, NULL}, {"clubhouse", XF_ADDRESS_BUILDING, NULL}, {"coll", XF_ADDRESS_BUILDING, "college"},
    {"college", XF_ADDRESS_BUILDING, NULL}, {"common", XF_ADDRESS_FEATURE, NULL}, {"complex", XF_ADDRESS_BUILDING, NULL},
    {"coppice", XF_ADDRESS_STREET, NULL}, {"copse", XF_ADDRESS_STREET, NULL}, {"corner", XF_ADDRESS_FEATURE, NULL},
    {"cott", XF_ADDRESS_BUILDING, "cottage"}, {"cottage", XF_ADDRESS_BUILDING, NULL}, {"cottages", XF_ADDRESS_COURT, NULL},
    {"court", XF_ADDRESS_COURT, NULL}, {"crematorium", XF_ADDRESS_BUILDING, NULL}, {"cres", XF_ADDRESS_STREET, "crescent"},
    {"cresc", XF_ADDRESS_STREET, "crescent"}, {"crescent", XF_ADDRESS_STREET, NULL}, {"croft", XF_ADDRESS_STREET, NULL},
    {"cross", XF_ADDRESS_FEATURE, NULL}, {"crossing", XF_ADDRESS_STREET, NULL}, {"crs", XF_ADDRESS_STREET, "crescent"},
    {"crt", XF_ADDRESS_COURT, "court"}, {"ct", XF_ADDRESS_COURT, "court"}, {"ctr", XF_ADDRESS_BUILDING, "centre"},
    {"dale", XF_ADDRESS_FEATURE, NULL}, {"deli", XF_ADDRESS_BUILDING, NULL}, {"dell", XF_ADDRESS_STREET, NULL},
    {"depot", XF_ADDRESS_BUILDING, NULL}, {"down", XF_ADDRESS_FEATURE, NULL}, {"downs", XF_ADDRESS_FEATURE, NULL},
    {"dr", XF_ADDRESS_STREET, "drive"}, {"drive", XF_ADDRESS_STREET, NULL}, {"drove", XF_ADDRESS_STREET, NULL},
    {"drv", XF_ADDRESS_STREET, "drive"}, {"east", XF_ADDRESS_DIRECTION, NULL}, {"embankment", XF_ADDRESS_STREET, NULL},
    {"embk", XF_ADDRESS_STREET, "embankment"}, {"end", XF_ADDRESS_FEATURE, NULL}, {"england", XF_ADDRESS_COUNTRY, NULL},
    {"espl", XF_ADDRESS_STREET, "esplanade"}, {"esplanade", XF_ADDRESS_STREET, NULL}, {"est", XF_ADDRESS_BUILDING, "estate"},
    {"estate", XF_ADDRESS_BUILDING, NULL}, {"farm", XF_ADDRESS_BUILDING, NULL}, {"farmhouse", XF_ADDRESS_BUILDING, NULL},
    {"fff", XF_ADDRESS_STOREY, "first floor"}, {"field", XF_ADDRESS_FEATURE, NULL}, {"fields", XF_ADDRESS_FEATURE, NULL},
    {"fifth", XF_ADDRESS_STOREY, NULL}, {"first", XF_ADDRESS_STOREY, NULL}, {"fishery", XF_ADDRESS_BUILDING, NULL},
    {"fl", XF_ADDRESS_FLOOR, "floor"}, {"flat", XF_ADDRESS_FLAT, NULL}, {"flats", XF_ADDRESS_COURT, NULL},
    {"floor", XF_ADDRESS_FLOOR, NULL}, {"floors", XF_ADDRESS_FLOOR, "floor"}, {"flr", XF_ADDRESS_FLOOR, "floor"},
    {"flt", XF_ADDRESS_FLAT, "flat"}, {"fm", XF_ADDRESS_BUILDING, "farm"}, {"fold", XF_ADDRESS_STREET, NULL},
    {"foodstore", XF_ADDRESS_BUILDING, NULL}, {"fourth", XF_ADDRESS_STOREY, NULL}, {"front", XF_ADDRESS_STOREY, NULL},
    {"gait", XF_ADDRESS_STREET, NULL}, {"gallery", XF_ADDRESS_BUILDING, NULL}, {"garage", XF_ADDRESS_BUILDING, NULL},
    {"garden", XF_ADDRESS_STOREY, NULL}, {"gardens", XF_ADDRESS_STREET, NULL}, {"garth", XF_ADDRESS_STREET, NULL},
    {"gate", XF_ADDRESS_FEATURE, NULL}, {"gb", XF_ADDRESS_COUNTRY, NULL}, {"gdens", XF_ADDRESS_STREET, "gardens"},
    {"gdn", XF_ADDRESS_STREET, "gardens"}, {"gdns", XF_ADDRESS_STREET, "gardens"}, {"gff", XF_ADDRESS_STOREY, "ground floor"},
    {"ginnel", XF_ADDRESS_STREET, NULL}, {"glade", XF_ADDRESS_STREET, NULL}, {"glen", XF_ADDRESS_FEATURE, NULL},
    {"gnd", XF_ADDRESS_STOREY, "ground"}, {"gr", XF_ADDRESS_STREET, "grove"}, {"grange", XF_ADDRESS_BUILDING, NULL},
    {"grd", XF_ADDRESS_STOREY, "ground"}, {"grds", XF_ADDRESS_STREET, "gardens"}, {"great", XF_ADDRESS_PREFIX, NULL},
    {"green", XF_ADDRESS_FEATURE, NULL}, {"grill", XF_ADDRESS_BUILDING, NULL}, {"grn", XF_ADDRESS_FEATURE, "green"},
    {"gro", XF_ADDRESS_STREET, "grove"}, {"ground", XF_ADDRESS_STOREY, NULL}, {"grove", XF_ADDRESS_STREET, NULL},
    {"grv", XF_ADDRESS_STREET, "grove"}, {"gt", XF_ADDRESS_PREFIX, "great"}, {"gurdwara", XF_ADDRESS_BUILDING, NULL},
    {"gym", XF_ADDRESS_BUILDING, NULL}, {"hall", XF_ADDRESS_BUILDING, NULL}, {"heath", XF_ADDRESS_FEATURE, NULL},
    {"heights", XF_ADDRESS_STREET, NULL}, {"high", XF_ADDRESS_PREFIX, NULL}, {"highway", XF_ADDRESS_STREET, NULL},
    {"hill", XF_ADDRESS_FEATURE, NULL}, {"hl", XF_ADDRESS_FEATURE, "hill"}, {"ho", XF_ADDRESS_BUILDING, "house"},
    {"hollow", XF_ADDRESS_STREET, NULL}, {"home", XF_ADDRESS_BUILDING, NULL}, {"hosp", XF_ADDRESS_BUILDING, "hospital"},
    {"hospital", XF_ADDRESS_BUILDING, NULL}, {"hostel", XF_ADDRESS_BUILDING, NULL}, {"hotel", XF_ADDRESS_BUILDING, NULL},
    {"house", XF_ADDRESS_BUILDING, NULL}, {"hse", XF_ADDRESS_BUILDING, "house"}, {"hts", XF_ADDRESS_STREET, "heights"},
    {"hwy", XF_ADDRESS_STREET, "highway"}, {"infirmary", XF_ADDRESS_BUILDING, NULL}, {"inn", XF_ADDRESS_BUILDING, NULL},
    {"kindergarten", XF_ADDRESS_BUILDING, NULL}, {"king", XF_ADDRESS_PREFIX, NULL}, {"kings", XF_ADDRESS_PREFIX, NULL},
    {"kiosk", XF_ADDRESS_UNIT, NULL}, {"kitchen", XF_ADDRESS_BUILDING, NULL}, {"lady", XF_ADDRESS_PREFIX, NULL},
    {"lane", XF_ADDRESS_STREET, NULL}, {"laundry", XF_ADDRESS_BUILDING, NULL}, {"lea", XF_ADDRESS_FEATURE, NULL},
    {"leas", XF_ADDRESS_FEATURE, NULL}, {"library", XF_ADDRESS_BUILDING, NULL}, {"limited", XF_ADDRESS_BUILDING, NULL},
    {"link", XF_ADDRESS_STREET, NULL}, {"little", XF_ADDRESS_PREFIX, NULL}, {"llp", XF_ADDRESS_BUILDING, NULL},
    {"ln", XF_ADDRESS_STREET, "lane"}, {"loan", XF_ADDRESS_STREET, NULL}, {"loaning", XF_ADDRESS_STREET, NULL},
    {"lodge", XF_ADDRESS_BUILDING, NULL}, {"long", XF_ADDRESS_PREFIX, NULL}, {"loop", XF_ADDRESS_STREET, NULL},
    {"lord", XF_ADDRESS_PREFIX, NULL}, {"lower", XF_ADDRESS_STOREY, NULL}, {"ltd", XF_ADDRESS_BUILDING, "limited"},
    {"maisonette", XF_ADDRESS_UNIT, NULL}, {"mall", XF_ADDRESS_STREET, NULL}, {"manor", XF_ADDRESS_BUILDING, NULL},
    {"mans", XF_ADDRESS_COURT, "mansions"}, {"mansions", XF_ADDRESS_COURT, NULL}, {"market", XF_ADDRESS_FEATURE, NULL},
    {"masjid", XF_ADDRESS_BUILDING, NULL}, {"mdw", XF_ADDRESS_FEATURE, "meadow"}, {"mdws", XF_ADDRESS_FEATURE, "meadows"},
    {"meadow", XF_ADDRESS_FEATURE, NULL}, {"meadows", XF_ADDRESS_FEATURE, NULL}, {"mews", XF_ADDRESS_STREET, NULL},
    {"mid", XF_ADDRESS_PREFIX, NULL}, {"middle", XF_ADDRESS_PREFIX, NULL}, {"mill", XF_ADDRESS_BUILDING, NULL},
    {"mosque", XF_ADDRESS_BUILDING, NULL}, {"mount", XF_ADDRESS_FEATURE, NULL}, {"mt", XF_ADDRESS_FEATURE, "mount"},
    {"museum", XF_ADDRESS_BUILDING, NULL}, {"new", XF_ADDRESS_PREFIX, NULL}, {"nook", XF_ADDRESS_STREET, NULL},
    {"north", XF_ADDRESS_DIRECTION, NULL}, {"nursery", XF_ADDRESS_BUILDING, NULL}, {"office", XF_ADDRESS_BUILDING, NULL},
    {"offices", XF_ADDRESS_BUILDING, NULL}, {"old", XF_ADDRESS_PREFIX, NULL}, {"orchard", XF_ADDRESS_FEATURE, NULL},
    {"orchards", XF_ADDRESS_FEATURE, NULL}, {"oval", XF_ADDRESS_STREET, NULL}, {"paddock", XF_ADDRESS_STREET, NULL},
    {"paddocks", XF_ADDRESS_STREET, NULL}, {"parade", XF_ADDRESS_STREET, NULL}, {"park", XF_ADDRESS_FEATURE, NULL},
    {"parkway", XF_ADDRESS_STREET, NULL}, {"parlour", XF_ADDRESS_BUILDING, NULL}, {"passage", XF_ADDRESS_STREET, NULL},
    {"path", XF_ADDRESS_STREET, NULL}, {"pathway", XF_ADDRESS_STREET, NULL}, {"pavilion", XF_ADDRESS_BUILDING, NULL},
    {"pde", XF_ADDRESS_STREET, "parade"}, {"penthouse", XF_ADDRESS_STOREY, NULL}, {"pharmacy", XF_ADDRESS_BUILDING, NULL},
    {"pizzeria", XF_ADDRESS_BUILDING, NULL}, {"pk", XF_ADDRESS_FEATURE, "park"}, {"pl", XF_ADDRESS_STREET, "place"},
    {"place", XF_ADDRESS_STREET, NULL}, {"plc", XF_ADDRESS_BUILDING, NULL}, {"plot", XF_ADDRESS_UNIT, NULL},
    {"pod", XF_ADDRESS_UNIT, NULL}, {"point", XF_ADDRESS_FEATURE, NULL}, {"precinct", XF_ADDRESS_STREET, NULL},
    {"premises", XF_ADDRESS_BUILDING, NULL}, {"preschool", XF_ADDRESS_BUILDING, NULL}, {"prince", XF_ADDRESS_PREFIX, NULL},
    {"princess", XF_ADDRESS_PREFIX, NULL}, {"priory", XF_ADDRESS_BUILDING, NULL}, {"prison", XF_ADDRESS_BUILDING, NULL},
    {"prom", XF_ADDRESS_STREET, "promenade"}, {"promenade", XF_ADDRESS_STREET, NULL}, {"psge", XF_ADDRESS_STREET, "passage"},
    {"pub", XF_ADDRESS_BUILDING, NULL}, {"quay", XF_ADDRESS_STREET, NULL}, {"queen", XF_ADDRESS_PREFIX, NULL},
    {"queens", XF_ADDRESS_PREFIX, NULL}, {"raceway", XF_ADDRESS_BUILDING, NULL}, {"rd", XF_ADDRESS_STREET, "road"},
    {"reach", XF_ADDRESS_FEATURE, NULL}, {"rear", XF_ADDRESS_STOREY, NULL}, {"rectory", XF_ADDRESS_BUILDING, NULL},
    {"rest", XF_ADDRESS_BUILDING, "restaurant"}, {"restaurant", XF_ADDRESS_BUILDING, NULL}, {"ride", XF_ADDRESS_STREET, NULL},
    {"ridge", XF_ADDRESS_FEATURE, NULL}, {"rise", XF_ADDRESS_STREET, NULL}, {"rm", XF_ADDRESS_UNIT, "room"},
    {"road", XF_ADDRESS_STREET, NULL}, {"room", XF_ADDRESS_UNIT, NULL}, {"rooms", XF_ADDRESS_UNIT, "room"},
    {"row", XF_ADDRESS_STREET, NULL}, {"saint", XF_ADDRESS_PREFIX, "st"}, {"salon", XF_ADDRESS_BUILDING, NULL},
    {"sch", XF_ADDRESS_BUILDING, "school"}, {"school", XF_ADDRESS_BUILDING, NULL}, {"second", XF_ADDRESS_STOREY, NULL},
    {"sff", XF_ADDRESS_STOREY, "second floor"}, {"shop", XF_ADDRESS_UNIT, NULL}, {"shops", XF_ADDRESS_UNIT, "shop"},
    {"showground", XF_ADDRESS_BUILDING, NULL}, {"side", XF_ADDRESS_FEATURE, NULL}, {"sir", XF_ADDRESS_PREFIX, NULL},
    {"sixth", XF_ADDRESS_STOREY, NULL}, {"snicket", XF_ADDRESS_STREET, NULL}, {"south", XF_ADDRESS_DIRECTION, NULL},
    {"spinney", XF_ADDRESS_STREET, NULL}, {"sq", XF_ADDRESS_FEATURE, "square"}, {"square", XF_ADDRESS_FEATURE, NULL},
    {"sta", XF_ADDRESS_BUILDING, "station"}, {"stables", XF_ADDRESS_BUILDING, NULL}, {"stadium", XF_ADDRESS_BUILDING, NULL},
    {"station", XF_ADDRESS_BUILDING, NULL}, {"store", XF_ADDRESS_BUILDING, NULL}, {"stores", XF_ADDRESS_BUILDING, NULL},
    {"str", XF_ADDRESS_STREET, "street"}, {"strand", XF_ADDRESS_STREET, NULL}, {"street", XF_ADDRESS_STREET, NULL},
    {"studio", XF_ADDRESS_UNIT, NULL}, {"suite", XF_ADDRESS_UNIT, NULL}, {"supermarket", XF_ADDRESS_BUILDING, NULL},
    {"superstore", XF_ADDRESS_BUILDING, NULL}, {"surgery", XF_ADDRESS_BUILDING, NULL}, {"synagogue", XF_ADDRESS_BUILDING, NULL},
    {"takeaway", XF_ADDRESS_BUILDING, NULL}, {"tavern", XF_ADDRESS_BUILDING, NULL}, {"tce", XF_ADDRESS_STREET, "terrace"},
    {"temple", XF_ADDRESS_BUILDING, NULL}, {"ter", XF_ADDRESS_STREET, "terrace"}, {"terr", XF_ADDRESS_STREET, "terrace"},
    {"terrace", XF_ADDRESS_STREET, NULL}, {"tff", XF_ADDRESS_STOREY, "top floor"}, {"the", XF_ADDRESS_PREFIX, NULL},
    {"theatre", XF_ADDRESS_BUILDING, NULL}, {"third", XF_ADDRESS_STOREY, NULL}, {"top", XF_ADDRESS_STOREY, NULL},
    {"tower", XF_ADDRESS_BUILDING, NULL}, {"towers", XF_ADDRESS_COURT, NULL}, {"turnpike", XF_ADDRESS_STREET, NULL},
    {"uk", XF_ADDRESS_COUNTRY, NULL}, {"unit", XF_ADDRESS_UNIT, NULL}, {"units", XF_ADDRESS_UNIT, "unit"},
    {"university", XF_ADDRESS_BUILDING, NULL}, {"upper", XF_ADDRESS_STOREY, NULL}, {"vale", XF_ADDRESS_STREET, NULL},
    {"vennel", XF_ADDRESS_STREET, NULL}, {"viaduct", XF_ADDRESS_STREET, NULL}, {"vicarage", XF_ADDRESS_BUILDING, NULL},
    {"view", XF_ADDRESS_FEATURE, NULL}, {"villa", XF_ADDRESS_BUILDING, NULL}, {"villas", XF_ADDRESS_COURT, NULL},
    {"vw", XF_ADDRESS_FEATURE, "view"}, {"walk", XF_ADDRESS_STREET, NULL}, {"warehouse", XF_ADDRESS_BUILDING, NULL},
    {"warren", XF_ADDRESS_FEATURE, NULL}, {"way", XF_ADDRESS_STREET, NULL}, {"west", XF_ADDRESS_DIRECTION, NULL},
    {"wharf", XF_ADDRESS_FEATURE, NULL}, {"wlk", XF_ADDRESS_STREET, "walk"}, {"wood", XF_ADDRESS_FEATURE, NULL},
    {"woods", XF_ADDRESS_FEATURE, NULL}, {"works", XF_ADDRESS_BUILDING, NULL}, {"wy", XF_ADDRESS_STREET, "way"},
    {"wynd", XF_ADDRESS_STREET, NULL}, {"yard", XF_ADDRESS_FEATURE, NULL}, {"yd", XF_ADDRESS_FEATURE, "yard"},
};
/* clang-format on */

const struct xf_address_word *xf_address_word_find(const char *word)
{
    size_t low = 0;
    size_t high = sizeof(table) / sizeof(table[0]);

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = table[middle].word[0] - word[0];

        if (!order)
            order = strcmp(table[middle].word, word);
        if (!order)
            return &table[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
